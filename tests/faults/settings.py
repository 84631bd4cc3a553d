"""The tests' settings for real processes: mail over SMTP, each client at an address of its own."""

from config.settings.test import *  # noqa: F403
from config.settings.test import DATABASES, in_a_pool

DATABASES["default"] |= in_a_pool(DATABASES["default"])

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 5
BEHIND_PROXY = True  # so that a hundred posts from this machine come from a hundred networks
