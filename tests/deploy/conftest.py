"""What boots a Debian waits for `make deploy-test`: it wants root and a quarter of an hour."""

import os

collect_ignore = [] if os.environ.get("DEPLOY") else ["test_debian.py"]
