"""Tests: the production code paths with cheap password hashing and mail kept in memory."""

import os
import tempfile
from pathlib import Path

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, INSTALLED_APPS

SECRET_KEY = "test"  # noqa: S105 - opens nothing
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

_scratch = Path(os.environ.get("TEST_SCRATCH") or tempfile.mkdtemp(prefix="klachten-test-"))
VAR = _scratch
MEDIA_ROOT = _scratch / "media"
FILES_DIR = _scratch / "files"
FILES_LEAST_FREE_BYTES = 0
VAULT_KEY_FILE = str(_scratch / "vault.keys")
ERASURE_KEY_FILE = str(_scratch / "erasure.keys")
VAULT_KEY_FILE_MAY_BE_MADE = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, not memory: parallel posts need two connections, the canary needs bytes to search.
    DATABASES["default"]["TEST"] = {"NAME": str(_scratch / "test.sqlite3")}
