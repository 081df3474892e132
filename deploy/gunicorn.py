"""gunicorn settings for every web process; PORT and WEB_WORKERS come from the environment."""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ['PORT']}"
workers = int(os.environ.get("WEB_WORKERS", "1"))
threads = 16
worker_class = "gthread"
preload_app = True
graceful_timeout = 5
timeout = 60
keepalive = 75
# It would lie in a home directory, which a container does not have and neighbours would share.
control_socket_disable = True
accesslog = None
errorlog = "-"
loglevel = "warning"
