"""The site as in production, with a plain Wagtail form page beside ours to compare with."""

import os
import tempfile
from pathlib import Path

from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS

SECRET_KEY = "benchmark"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks", "benchmarks.plain"]

VAULT_KEY_FILE = str(Path(os.environ.get("VAR_DIR") or tempfile.gettempdir()) / "vault.keys")
VAULT_KEY_FILE_MAY_BE_MADE = True
BEHIND_PROXY = True
LOGGING = {"version": 1, "disable_existing_loggers": True}
