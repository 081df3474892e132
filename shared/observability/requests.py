"""What is known about a request from outside: its span, its numbers, its line in the log."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, g, request
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import Counter, Histogram

from shared.observability import tracing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNOBSERVED = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds by machines."""
_SERVER_ERROR = 500

_REQUESTS = Counter(
    "http_server_requests_total", "Beantwortete Anfragen", ["method", "route", "status"]
)
_SECONDS = Histogram("http_server_request_duration_seconds", "Antwortzeit", ["method", "route"])

log = structlog.get_logger()


def observe_requests(app: Flask) -> None:
    """Traces, counts, times and logs every request by its route, never by its concrete path."""
    app.wsgi_app = _traced(app.wsgi_app)  # type: ignore[method-assign,assignment]

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        route = str(request.url_rule or "unknown")
        method = _known(request.method)
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        _REQUESTS.labels(method, route, response.status_code).inc()
        _SECONDS.labels(method, route).observe(seconds)
        if route not in _UNOBSERVED:
            _name_span(method, route, response.status_code)
            _log(method, route, response.status_code, seconds)
        return response


def _traced(serve: "WSGIApplication") -> "WSGIApplication":
    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] in _UNOBSERVED:
            return serve(environ, start_response)
        asked_in = tracing.context_of(environ.get("HTTP_TRACEPARENT"))
        with tracing.span(_known(environ["REQUEST_METHOD"]), SpanKind.SERVER, asked_in):
            return serve(environ, start_response)

    return answer


def _known(method: str) -> str:
    """Every caller may invent methods, and every label value lives for ever."""
    return method if method in _METHODS else "other"


def _name_span(method: str, route: str, status: int) -> None:
    span = trace.get_current_span()
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    )
    if status >= _SERVER_ERROR:
        span.set_attribute("error.type", str(status))
        span.set_status(StatusCode.ERROR)


def _log(method: str, route: str, status: int, seconds: float) -> None:
    log.info(
        "request",
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        actor=getattr(g.get("actor"), "subject", None),
        **{k: v for k, v in (request.view_args or {}).items() if isinstance(v, int)},
    )
