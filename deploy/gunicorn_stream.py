"""gunicorn settings for the event stream, on top of those for every web process.

One process, because it counts the streams, with a thread for each and some for everybody else.
"""

import signal
from typing import Any

from deploy.gunicorn import *  # noqa: F403
from matching_service.config import StreamConfig
from shared.config import read

_FOR_EVERYBODY_ELSE = 16

workers = 1
threads = read(StreamConfig).streams + _FOR_EVERYBODY_ELSE


def post_worker_init(worker: Any) -> None:
    """Told to stop, gunicorn waits for requests, and a stream is one that does not end."""
    stop_serving = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: Any) -> None:
        worker.wsgi.extensions["feed"].stop()
        if callable(stop_serving):
            stop_serving(number, frame)

    signal.signal(signal.SIGTERM, stop)


def worker_exit(_server: Any, worker: Any) -> None:
    """However it came to that, when gunicorn itself was killed for instance."""
    worker.wsgi.extensions["feed"].stop()
