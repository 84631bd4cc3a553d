"""Development: runs with no configuration at all; mail lands as files under `var/mail/`."""

from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS, VAR

DEBUG = True
SECRET_KEY = "development-only-not-a-secret-and-refused-by-the-production-settings"  # noqa: S105 - refused in production
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
VAR.mkdir(parents=True, exist_ok=True)
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR / "mail"
VAULT_KEY_FILE = str(VAR / "vault.keys")
ERASURE_KEY_FILE = str(VAR / "erasure.keys")
VAULT_KEY_FILE_MAY_BE_MADE = True
ACCOUNTS_WITHOUT_FACTOR = ("redactie", "vertrouwenspersoon", "plaatsvervanger", "beheer")
