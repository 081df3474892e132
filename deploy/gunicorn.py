"""gunicorn settings for every web process; PORT and WEB_WORKERS come from the environment."""

import os
from typing import Any

import structlog
from gunicorn.glogging import Logger


class KindsAndPlaces(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Of what gunicorn meets itself; its own words would quote requests, and so perhaps people."""

    def exception(self, *_: Any, **__: Any) -> None:
        structlog.get_logger().error("request_failed", exc_info=True)


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
# A warning tells of a request that is none, word by word.
loglevel = "error"
logger_class = KindsAndPlaces
