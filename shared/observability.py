"""Logs with ids only, and Prometheus metrics under conventional names."""

import logging
import os
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from structlog.tracebacks import ExceptionDictTransformer

_REQUESTS = Counter(
    "http_server_requests_total", "Beantwortete Anfragen", ["method", "route", "status"]
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = Histogram("http_server_request_duration_seconds", "Antwortzeit", ["method", "route"])

log = structlog.get_logger()


def configure_logging(service: str, level: str) -> None:
    """One JSON object per line on stderr. Nothing that a person typed is ever logged."""
    logging.basicConfig(level=level, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _named(service),
            structlog.processors.ExceptionRenderer(_kinds_and_places),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def measure_requests(app: Flask) -> None:
    """Counts, times and logs every request by its route, never by its concrete path."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        route = str(request.url_rule or "unknown")
        # Every caller may invent methods, and every label value lives for ever.
        method = request.method if request.method in _METHODS else "other"
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        _REQUESTS.labels(method, route, response.status_code).inc()
        _SECONDS.labels(method, route).observe(seconds)
        if not route.startswith(("/livez", "/readyz", "/metrics")):
            log.info(
                "request",
                method=method,
                route=route,
                status=response.status_code,
                ms=round(seconds * 1000, 1),
                actor=getattr(g.get("actor"), "subject", None),
                **{k: v for k, v in (request.view_args or {}).items() if isinstance(v, int)},
            )
        return response


def metrics_response() -> Response:
    registry: CollectorRegistry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _kinds_and_places(exc_info: Any) -> list[dict[str, Any]]:
    """An exception and its causes without messages and values, which may quote a person."""
    return [{"type": part["exc_type"], "frames": part["frames"]} for part in _tracebacks(exc_info)]


_tracebacks = ExceptionDictTransformer(show_locals=False)


def _named(service: str) -> Any:
    def add(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        return {"service": service, **event}

    return add
