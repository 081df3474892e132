"""A service's web process: routes, errors, health, metrics, contract."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, request
from marshmallow import Schema
from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date
from werkzeug.routing import BaseConverter, IntegerConverter, Map

from shared import observability
from shared.auth import IssuerUnavailable, TokenVerifier
from shared.config import ServiceConfig
from shared.db import Contended, Database, is_outage
from shared.http.contract import openapi_document
from shared.http.declarations import declaration_of
from shared.http.fields import LARGEST_ID, NAME_PATTERN
from shared.http.problems import Problem, ProblemTable
from shared.http.resource import Door, Resource, methods_of, mount
from shared.http.service_client import ServiceRefused, ServiceUnavailable
from shared.http.v1 import V1Message
from shared.observability.readiness import readiness, web_checks

V1, V2 = "v1", "v2"
LARGEST_BODY_BYTES = 1024 * 1024
V1_DEPRECATED_ON = date(2026, 12, 1)
_RETRY_AFTER_SECONDS = "5"
_HTTP_SLUGS = {
    400: "malformed",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
}

NOBODY = "unauthenticated"
_V1_USE = Counter(
    "v1_requests_total",
    "Anfragen an v1, nach dem Programm, das fragt, und dem Pfad, den es kennt",
    ["client", "method", "route"],
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Route:
    """A row of a service's URL table. `<id:name>` in a path is a positive database id.

    `successor` is the v2 path that a v1 route points its callers to, `v1_refusal` what its
    refusals look like: the shape of its service's `v1_message`.
    """

    path: str
    resource: type[Resource[Any]]
    aliases: tuple[str, ...] = ()
    version: str = V2
    successor: str = ""
    v1_refusal: type[Schema] = V1Message

    @property
    def endpoint(self) -> str:
        return f"{self.version}:{self.path}"

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path, *self.aliases)


@dataclass(frozen=True)
class ServiceParts:
    """What distinguishes one service's web process from another's.

    `v1_message` renders a problem in the shape that this service's v1 clients know, `problem_page`
    for people on the paths of its pages. `program` is what a second web process of a service calls
    itself.
    """

    name: str
    routes: Sequence[Route]
    problems: ProblemTable
    wiring: Any
    v1_message: Callable[[Problem], dict[str, Any]] = lambda p: {"message": p.detail or p.title}
    program: str = ""
    problem_page: Callable[[Problem], Response] | None = None

    @property
    def audience(self) -> str:
        return self.name.replace("_", "-")


class _DatabaseId(IntegerConverter):
    regex = "[0-9]{1,10}"

    def __init__(self, map: Map) -> None:  # noqa: A002  werkzeug's parameter name
        super().__init__(map, min=1, max=LARGEST_ID)


class _Name(BaseConverter):
    regex = NAME_PATTERN


def create_service_app(parts: ServiceParts, config: ServiceConfig, database: Database) -> Flask:
    """Wires one Flask app; opens no connection, so that gunicorn may preload it."""
    observability.start(parts.program or parts.name, config)
    app = Flask(parts.name, static_folder=None)
    app.logger.disabled = True  # its own words quote paths, and a path may be somebody's link
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.converters |= {"id": _DatabaseId, "name": _Name}
    verifier = TokenVerifier(
        config.oidc_issuer, config.oidc_jwks_url, {config.oidc_audience, parts.audience}
    )
    app.extensions["door"] = Door(database, verifier, parts.wiring)
    mount(app, [(r.endpoint, r.resource, r.paths) for r in parts.routes])
    _add_error_handlers(app, parts)
    _add_v1_headers(app, parts, config.v1_sunset_date)
    _add_operations(app, parts, config, database)
    observability.observe_requests(app)
    return app


def _add_error_handlers(app: Flask, parts: ServiceParts) -> None:
    v1_paths = tuple(_fixed_part(p) for r in parts.routes if r.version == V1 for p in r.paths)

    page_paths = tuple(_fixed_part(p) for r in parts.routes if _is_page(r) for p in r.paths)

    def render(problem: Problem) -> Response:
        if parts.problem_page is not None and request.path.startswith(page_paths):
            return parts.problem_page(problem)
        # By the path, not the route: an id or a method that no route takes is answered in v1 too.
        if request.path.startswith(v1_paths):
            response = jsonify(parts.v1_message(problem))
            response.status_code = 400 if problem.status == 422 else problem.status
        else:
            response = jsonify(problem.document())
            response.status_code = problem.status
            response.content_type = "application/problem+json"
        response.headers.update(problem.headers)
        return response

    def on_error(error: Exception) -> Response:
        return render(problem_of(error, parts.problems))

    app.register_error_handler(Exception, on_error)


def _is_page(route: Route) -> bool:
    return any(declaration_of(method).pages for method in methods_of(route.resource).values())


def _fixed_part(path: str) -> str:
    """A path up to its first parameter."""
    return path.partition("<")[0]


def problem_of(error: Exception, table: ProblemTable) -> Problem:
    """The problem that any exception becomes; what nobody foresaw is logged and says nothing."""
    if isinstance(error, Problem):
        return error
    for kind in type(error).__mro__:
        if kind in table:
            return table[kind](error)
    if isinstance(error, HTTPException):
        slug = _HTTP_SLUGS.get(error.code or 500, "malformed")
        return Problem(slug, headers=_allow_header(error))
    if isinstance(error, _PASSING) or (isinstance(error, DBAPIError) and is_outage(error)):
        log.warning("unavailable", reason=type(error).__name__)
        return Problem("unavailable", headers={"Retry-After": _RETRY_AFTER_SECONDS})
    log.error("unexpected_error", exc_info=error)
    return Problem("internal")


_PASSING = (Contended, IssuerUnavailable, PoolTimeout, ServiceRefused, ServiceUnavailable)


def _allow_header(error: HTTPException) -> Mapping[str, str]:
    return {k: v for k, v in error.get_headers() if k.lower() == "allow"}


def _add_v1_headers(app: Flask, parts: ServiceParts, ends_on: date) -> None:
    """By the path, too: an id that no route takes is refused by a version that ends."""
    v1 = [(_fixed_part(p), r) for r in parts.routes if r.version == V1 for p in r.paths]
    v1.sort(key=lambda pair: len(pair[0]), reverse=True)
    deprecated_at = int(datetime.combine(V1_DEPRECATED_ON, time(), UTC).timestamp())
    sunset = http_date(datetime.combine(ends_on, time(), UTC))

    @app.after_request
    def announce_the_end(response: Response) -> Response:
        route = next((route for start, route in v1 if request.path.startswith(start)), None)
        if route is None:
            return response
        if request.url_rule is not None:
            _count_v1_use()
        response.headers["Deprecation"] = f"@{deprecated_at}"
        response.headers["Sunset"] = sunset
        for relation, target in (
            ("deprecation", "/docs/v1-ende"),
            ("sunset", "/docs/v1-ende"),
            ("successor-version", _fill(route.successor)),
        ):
            response.headers.add("Link", f'<{target}>; rel="{relation}"')
        return response


def _count_v1_use() -> None:
    """By the program that calls, never by a person: who has to be told before v1 ends."""
    client = g.actor.client if g.actor else NOBODY
    _V1_USE.labels(client, request.method, str(request.url_rule)).inc()


def _fill(path: str) -> str:
    """The successor's path with this request's ids in it, as far as there are any."""
    ids = {k: str(v) for k, v in (request.view_args or {}).items()}
    filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: ids.get(m[1], m[0]), path)
    return _fixed_part(filled).rstrip("/")


def _add_operations(
    app: Flask, parts: ServiceParts, config: ServiceConfig, database: Database
) -> None:
    contract = cache(lambda: openapi_document(parts.name, parts.routes))

    @app.get("/livez")
    def livez() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> tuple[dict[str, Any], int]:
        return readiness(web_checks(database, config))

    @app.get("/metrics")
    def metrics() -> Response:
        return observability.metrics_response()

    @app.get("/openapi.json")
    def contract_document() -> Response:
        return jsonify(contract())

    @app.before_request
    def remember_nobody() -> None:
        g.actor = None
