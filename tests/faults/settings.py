"""The tests' settings for real processes: mail over SMTP, each client at an address of its own."""

import os
from pathlib import Path

from config.settings.test import *  # noqa: F403
from config.settings.test import DATABASES, in_a_pool

DATABASES["default"] |= in_a_pool(DATABASES["default"])

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 5
BEHIND_PROXY = True  # so that a hundred posts from this machine come from a hundred networks
if "SHARED_KEYS" in os.environ:  # by two machines
    VAULT_KEY_FILE = str(Path(os.environ["SHARED_KEYS"], "vault.keys"))
    ERASURE_KEY_FILE = str(Path(os.environ["SHARED_KEYS"], "erasure.keys"))
