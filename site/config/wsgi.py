"""The WSGI entry point: `gunicorn --config site/config/gunicorn.py config.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

from config.slow_bodies import hanging_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
application = hanging_up(get_wsgi_application())

from django.db import connections  # noqa: E402

from complaints.cases.sealing import require_keys  # noqa: E402

require_keys()
connections.close_all()  # gunicorn may fork after this
