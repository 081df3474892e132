"""A worker's own little HTTP server: is it alive, does it get on, what does it measure."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from shared.config import ServiceConfig
from shared.db import Database
from shared.events.loops import Loop
from shared.events.metrics import Backlog
from shared.events.transport import TransportLost
from shared.observability.readiness import database_checks, readiness

_SLOWEST_CALLER_SECONDS = 10

log = structlog.get_logger()


def worker_app(
    config: ServiceConfig, database: Database, loops: Sequence[Loop], carried_by: Sequence[str]
) -> Flask:
    """`carried_by` names the loops that speak with the transport: they know how it is."""
    app = Flask("worker", static_folder=None)
    backlog = CollectorRegistry(auto_describe=False)
    backlog.register(Backlog(database))

    @app.get("/livez")
    def livez() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> tuple[dict[str, Any], int]:
        checks = {
            **database_checks(database, config),
            "transport": _transport([loop for loop in loops if loop.name in carried_by]),
            "loops": _loops(loops),
        }
        return readiness(checks)

    @app.get("/metrics")
    def metrics() -> Response:
        content = generate_latest(REGISTRY) + generate_latest(backlog)
        return Response(content, content_type=CONTENT_TYPE_LATEST)

    return app


@contextmanager
def served(app: Flask, host: str, port: int) -> Iterator[None]:
    """Port 0 means: not at all."""
    if port == 0:
        yield
        return
    server = _Server(host, port, app, _Quiet, passthrough_errors=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.1], name="http")
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadedWSGIServer):
    def handle_error(self, *_: Any) -> None:
        """A line of the log like all others, which quotes no caller."""
        log.warning("request_failed", exc_info=True)


class _Quiet(WSGIRequestHandler):
    """Whoever asks does so every few seconds, and nobody wants to read about it."""

    timeout = _SLOWEST_CALLER_SECONDS

    def log(self, *_: Any) -> None: ...


def _transport(carriers: Sequence[Loop]) -> Mapping[str, Any]:
    for loop in carriers:
        if loop.trouble and loop.trouble.error == TransportLost.__name__:
            return {"status": "unavailable", "since": loop.trouble.since.isoformat()}
    ready = all(loop.has_succeeded for loop in carriers)
    return {"status": "ok" if ready else "starting"}


def _loops(loops: Sequence[Loop]) -> Mapping[str, Any]:
    failing = {
        loop.name: {"error": trouble.error, "since": trouble.since.isoformat()}
        for loop in loops
        if (trouble := loop.trouble) is not None
    }
    return {"status": "failing", "failing": failing} if failing else {"status": "ok"}
