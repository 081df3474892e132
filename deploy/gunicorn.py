"""gunicorn settings for every web process; PORT and WEB_WORKERS come from the environment."""

import gc
import sys
from typing import Any

import structlog
from gunicorn.glogging import Logger

from shared.config import ConfigError, WebServerConfig, read


class KindsAndPlaces(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Of what gunicorn meets itself; its own words would quote requests, and so perhaps people."""

    def exception(self, *_: Any, **__: Any) -> None:
        structlog.get_logger().error("request_failed", exc_info=True)


try:
    _config = read(WebServerConfig)
except ConfigError as problem:
    sys.exit(str(problem))

bind = f"{_config.host}:{_config.port}"
workers = _config.workers
# Who waits here holds no lock yet: more of them at work than cores can serve only lengthens the
# queues behind each other's locks.
threads = 8
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


def pre_fork(_server: Any, _worker: Any) -> None:
    """What was loaded once stays: to look through all of it for garbage would now and then hold up
    a request for a tenth of a second."""
    gc.collect()
    gc.freeze()
