"""The WSGI entry point: `gunicorn --config site/config/gunicorn.py config.wsgi`."""

from config.environment import enter

enter(fallback="config.settings.production")

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connections  # noqa: E402

from config.gunicorn import hanging_up  # noqa: E402

application = hanging_up(get_wsgi_application())

from complaints.cases.sealing import require_keys  # noqa: E402

require_keys()
connections.close_all()  # gunicorn may fork after this
