"""Settings that hold everywhere; complete and safe. The other modules state differences only."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import dj_email_url
from csp.constants import NONE, SELF, UNSAFE_INLINE

from config.environment import caches_at, storages_at

ROOT = Path(__file__).resolve().parents[3]
VAR = Path(os.environ.get("VAR_DIR", ROOT / "var"))

DEBUG = False
SECRET_KEY = os.environ.get("SECRET_KEY", "")
# Of before, with a space between: lines of the audit stay signed with the one of their time.
SECRET_KEY_FALLBACKS = os.environ.get("SECRET_KEY_FALLBACKS", "").split()

INSTALLED_APPS = [
    "home",
    "complaints",
    "accounts",
    "allauth.account",
    "allauth.mfa",
    "wagtail_modeladmin",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "complaints.apps.UsersAppConfig",  # wagtail.users, with our guard on groups
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.snippets",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "config.middleware.Health",
    "config.middleware.ProxyNamesScheme",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PublicAnswers",
    "django.middleware.http.ConditionalGetMiddleware",
    "config.middleware.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.StrangersPostLittle",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "complaints.staff.pages.KeepsWhatWasTyped",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.factors.SecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "home.views.AddressMiddleware",
    "config.middleware.WagtailMayNotFail",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
                "home.shell.shell",
            ],
        },
    },
]

# DATABASE_URL chooses: SQLite by default, PostgreSQL in production.
DATABASES: dict[str, Any] = {
    "default": dj_database_url.config(
        default=f"sqlite:///{VAR / 'db.sqlite3'}", conn_max_age=60, conn_health_checks=True
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Acknowledged means on disk (synchronous=FULL); what is erased is overwritten (secure_delete).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA secure_delete=ON;"
            "PRAGMA foreign_keys=ON;"
        ),
    }


def in_a_pool(database: dict[str, Any]) -> dict[str, Any]:
    """What lets all threads of a process share a few connections, where the database has those.

    A thread that waits for a slow body holds none; PostgreSQL has a hundred for all processes.
    """
    if database["ENGINE"] != "django.db.backends.postgresql":
        return {}
    # After a restart of the database the next request tries it at once, and not in minutes.
    pool = {"min_size": 1, "max_size": 20, "timeout": 5, "reconnect_timeout": 2}
    return {"CONN_MAX_AGE": 0, "OPTIONS": database.get("OPTIONS", {}) | {"pool": pool}}


if os.environ.get("PGBOUNCER") == "1":  # in between, giving a connection for a transaction only
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True


def mail_server(url: str) -> dict[str, Any]:
    """The settings EMAIL_… of a URL: `smtps` is TLS at once, `submission` is STARTTLS."""
    found: dict[str, Any] = dj_email_url.parse(url.replace("smtps:", "smtp:", 1))
    if url.startswith("smtps:"):  # dj-email-url takes that for STARTTLS, unlike everybody else
        found |= {"EMAIL_USE_SSL": True, "EMAIL_PORT": urlsplit(url).port or 465}
    return found


# Whether to refuse a database that may lose what it has confirmed: production does.
DURABLE_DATABASE = False

AUTHENTICATION_BACKENDS = ["config.middleware.WithProfile"]
PASSWORD_HASHERS = [
    "accounts.brake.OneCore",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]

# How staff get in: see `accounts`. allauth's own limits keep addresses, so they are off.
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "wagtailadmin_home"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.pages.LoginForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
ACCOUNT_REAUTHENTICATION_METHODS = ["mfa"]  # never by a password alone
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_SIGNUP_ENABLED = False
MFA_ADAPTER = "accounts.adapters.MfaAdapter"
MFA_FORMS = {
    "authenticate": "accounts.pages.AuthenticateForm",
    "reauthenticate": "accounts.pages.ReauthenticateForm",
    "activate_totp": "accounts.pages.ActivateTOTPForm",
    "add_webauthn": "accounts.pages.AddPasskeyForm",
    "login_webauthn": "accounts.pages.LoginPasskeyForm",
    "authenticate_webauthn": "accounts.pages.AuthenticatePasskeyForm",
    "reauthenticate_webauthn": "accounts.pages.ReauthenticatePasskeyForm",
}
MFA_RATE_LIMITS = False
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # clocks differ
# Usernames that need no second factor: the demo's. Refused where DEBUG is off.
ACCOUNTS_WITHOUT_FACTOR: tuple[str, ...] = ()

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "Europe/Amsterdam"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [ROOT / "site" / "static"]
STATICFILES_FINDERS = [
    "config.sheet.PublicSheet",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR / "media"

# What people add to a complaint, sealed. Never under MEDIA_ROOT, never served by the proxy.
FILES_DIR = VAR / "files"
# Or in a bucket, with the media: s3://bucket/folder?endpoint=https://s3.example (docs/scaling.md).
FILES_URL = os.environ.get("FILES_URL", "")
FILES_MOST_STORED_BYTES = int(os.environ.get("FILES_MOST_STORED_GB", "") or 100) * 1000**3  # there
STORAGES = storages_at(FILES_URL)
WAGTAILDOCS_SERVE_METHOD = "serve_view"  # asks who may read it, wherever it lies
# Strangers may stage files before they send; beyond these bounds only text is taken.
FILES_MOST_STAGED_BYTES = 5 * 1000**3
FILES_MOST_STAGED = 5000
FILES_LEAST_FREE_BYTES = 1000**3

# Where processes count together: redis://:password@host/0 (docs/scaling.md).
CACHE_URL = os.environ.get("CACHE_URL", "")
CACHES = caches_at(CACHE_URL)
WAGTAIL_REDIRECTS_FILE_STORAGE = "cache" if CACHE_URL else "tmp_file"

# Behind one trusted proxy, which sets X-Forwarded-For; only the rate sign of misuse reads it.
BEHIND_PROXY = os.environ.get("BEHIND_PROXY", "") == "1"

# Room for a dozen answers of 50,000 characters; more than this is answered with a clear 4xx.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# Whoever picks a whole album is told that ten is the most, and keeps what they typed.
DATA_UPLOAD_MAX_NUMBER_FILES = 1000

# From whom mail is: an address of the site's own domain, so that SPF, DKIM and DMARC can hold.
# What a mail server sends back goes to BOUNCES_TO, which somebody reads.
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", "bericht@localhost")
BOUNCES_TO = os.environ.get("BOUNCES_TO", "") or DEFAULT_FROM_EMAIL
DKIM_SELECTOR = os.environ.get("DKIM_SELECTOR", "")  # by which the mail server signs, to look it up
vars().update(mail_server(os.environ.get("EMAIL_URL", "") or "smtp://localhost:25"))
EMAIL_TIMEOUT = 20

# The key ring that wraps the key of each complaint. Outside the database, never SECRET_KEY.
VAULT_KEY_FILE = os.environ.get("VAULT_KEY_FILE", "")
# The key that is replaced after each erasure, and the journal beside it; the worker writes both.
ERASURE_KEY_FILE = os.environ.get("ERASURE_KEY_FILE", "")

# Backups: where to (a folder, or s3://bucket/prefix), sealed to which public keys of age, for how
# many days; and the folder of pg_dump and pg_restore, where they are not on the path.
BACKUP_TO = os.environ.get("BACKUP_TO", "")
BACKUP_RECIPIENT = os.environ.get("BACKUP_RECIPIENT", "")
BACKUP_KEEP_DAYS = int(os.environ.get("BACKUP_KEEP_DAYS", "") or 30)
BACKUP_PG_BIN = os.environ.get("BACKUP_PG_BIN", "")

# Cookies and transport. Public pages set no cookie at all; these are for the CMS.
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would break the link from a notification mail
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SAMESITE = "Strict"
BROWSER_COOKIE_NAME = "browser"  # who logged in here before
CSRF_FAILURE_VIEW = "complaints.staff.pages.csrf_failed"
# Under no-referrer Chromium posts `Origin: null`, also from our own pages.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # the CMS previews pages in a frame of its own

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
# Wagtail's editor screens carry inline scripts and styles; the case desk does not need them.
CONTENT_SECURITY_POLICY_CMS: dict[str, Any] = {
    "DIRECTIVES": CONTENT_SECURITY_POLICY["DIRECTIVES"]
    | {
        "script-src": [SELF, UNSAFE_INLINE],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "frame-src": [SELF],
        "media-src": [SELF],
    }
}

WAGTAIL_SITE_NAME = os.environ.get("ORGANISATION", "") or "AKM KunstMaat"  # asked once: bootstrap
WAGTAILADMIN_BASE_URL = os.environ.get("BASE_URL", "http://localhost:8000")
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]  # a day begins for everybody when it does for the terms
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False  # staff are let in by hand: see README
WAGTAIL_WORKFLOW_ENABLED = False
# No request to a third party, the CMS included.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILDOCS_EXTENSIONS = ["pdf", "docx", "odt"]  # nothing a browser would run
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []

# On this port of 127.0.0.1 the worker serves counts to Prometheus; 0 is off.
METRICS_PORT = int(os.environ.get("METRICS_PORT", "") or 0)
# Log events, not people: no address, no answer, no user agent.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_content": {"()": "config.logs.WithoutRequest"}},
    "formatters": {
        "text": {
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        },
        "json": {"()": "config.logs.AsJson"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": os.environ.get("LOG_FORMAT", "") or "text",
            "filters": ["no_content"],
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django_tasks": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
        "django.server": {"handlers": [], "level": "ERROR", "propagate": False},
    },
}
