"""How gunicorn serves the site: `gunicorn --config site/config/gunicorn.py config.wsgi`.

Whoever sends slowly holds a thread, so there are more of these than anybody sends slowly at once;
what they ask of the database comes out of one small pool (`config.settings.production`).
"""

pythonpath = "site"
worker_class = "gthread"
workers = 2
threads = 256  # a thread that waits costs 60 kB; each worker can hold a flood alone
timeout = 120
control_socket_disable = True
