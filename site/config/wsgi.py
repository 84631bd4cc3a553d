"""The WSGI entry point: `gunicorn --pythonpath site config.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
application = get_wsgi_application()

from django.db import connections  # noqa: E402

from complaints.cases.sealing import require_keys  # noqa: E402

require_keys()
connections.close_all()  # gunicorn may fork after this
