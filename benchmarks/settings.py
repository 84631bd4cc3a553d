"""Our site as in production, on a scratch database: the same middleware, headers and caches.

Of production it leaves out what needs a proxy: the redirect to https and cookies bound to it.
"""

import os
import tempfile
from pathlib import Path

from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS

SECRET_KEY = "benchmark"  # noqa: S105 - opens nothing
INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks"]  # seed_complaints
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

_scratch = Path(os.environ.get("VAR_DIR") or tempfile.gettempdir())
VAULT_KEY_FILE = str(_scratch / "vault.keys")
ERASURE_KEY_FILE = str(_scratch / "erasure.keys")
VAULT_KEY_FILE_MAY_BE_MADE = True
BEHIND_PROXY = True
LOGGING = {"version": 1, "disable_existing_loggers": True}
