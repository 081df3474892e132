"""The house's own Resource: one request = authenticate, read, one transaction, answer.

The only module that imports flask_restful. Its Api would take over error handling, so that in
production a domain error becomes a bare 500; here Flask keeps its errors.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any, Generic, TypeVar, cast

import flask_restful
from flask import Flask, Response, current_app, g, jsonify, request
from marshmallow import Schema, ValidationError
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from shared.auth import SERVICE, Actor, InvalidToken, TokenVerifier
from shared.db import Database, is_undone
from shared.http import idempotency
from shared.http.answers import Writer, writer_of
from shared.http.declarations import Declaration, declaration_of
from shared.http.problems import Problem, field_error, validation_problem

Wiring = TypeVar("Wiring")

EVENT_ID = "^[0-9]{1,18}$"
ACTING_USER_HEADER = "X-Acting-User"
_LONGEST_USER = 200
_UNDONE_AT_MOST = 2
_METHODS = {"get", "post", "put", "patch", "delete"}


@dataclass
class Call(Generic[Wiring]):
    """One authenticated request on its way through the door.

    `session` opens its connection with its first statement, so what a method does before that
    (asking another service, say) happens before the transaction. `asked` is what the resource's
    `ask_neighbours` brought.
    """

    session: Session
    actor: Actor
    now: datetime
    wiring: Wiring
    body: dict[str, Any]
    query: dict[str, Any]
    expected_version: int | None = None
    last_event_id: int | None = None
    asked: Any = None


@dataclass(frozen=True)
class Door:
    """What the app gives to every resource."""

    database: Database
    verifier: TokenVerifier
    wiring: Any


class Resource(flask_restful.Resource, Generic[Wiring]):  # type: ignore[misc]
    """Methods take a Call and the path's ids and return a value for the declared schema."""

    def dispatch_request(self, *_args: Any, **ids: int) -> Response:
        name = request.method.lower()
        method = getattr(self, "get" if name == "head" else name)
        declared = declaration_of(method)
        door = cast("Door", current_app.extensions["door"])
        g.actor = actor = self.authenticate(declared, door)
        arrival = _arrive(declared, actor, ids)
        if arrival.attempt is not None:
            with door.database.transaction() as session:
                again = self._again(arrival.call(session, door), declared, arrival)
            if again is not None:
                return again
        asked = self.ask_neighbours(door.wiring, arrival.body) if declared.idempotent else None

        def serve() -> Response:
            with door.database.transaction() as session:
                call = arrival.call(session, door, asked)
                again = self._again(call, declared, arrival)
                return self._first(call, declared, method, arrival) if again is None else again

        return _despite_contention(serve)

    def authenticate(self, declared: Declaration, door: Door) -> Actor:
        """Who calls, by the bearer token. Raises Problem, IssuerUnavailable."""
        return authenticate(declared, door.verifier)

    def ask_neighbours(self, wiring: Wiring, body: Mapping[str, Any]) -> Any:  # noqa: ARG002
        """What an idempotent POST needs to know from other services.

        Asked only for a first request, and before its transaction begins.
        """
        return None

    def render(self, call: Call[Wiring], resource_id: str) -> Any:
        """The answer of an idempotent POST again, from the id of what it made."""
        raise NotImplementedError

    def _again(
        self, call: Call[Wiring], declared: Declaration, arrival: "_Arrival"
    ) -> Response | None:
        """The answer to a request that was answered before; nothing is read without a key."""
        if arrival.attempt is None:
            return None
        earlier = idempotency.earlier_resource(call.session, arrival.attempt, call.now)
        if earlier is None:
            return None
        status, resource_id = earlier
        try:
            again = self.render(call, resource_id)
        except NoResultFound:
            raise Problem("not-found", "Was damals entstand, ist inzwischen gelöscht.") from None
        return _answer(declared, again, status)

    def _first(
        self,
        call: Call[Wiring],
        declared: Declaration,
        method: Callable[..., Any],
        arrival: "_Arrival",
    ) -> Response:
        result = method(call, **arrival.ids)
        call.session.flush()
        if arrival.attempt is not None:
            made = resource_id_of(result)
            idempotency.remember(call.session, arrival.attempt, declared.status, made, call.now)
        return _answer(declared, result, declared.status)


@dataclass(frozen=True)
class _Arrival:
    """An authenticated, readable request, before any transaction; `attempt` when it has a key."""

    actor: Actor
    ids: Mapping[str, int]
    body: dict[str, Any]
    query: dict[str, Any]
    expected_version: int | None
    last_event_id: int | None
    attempt: idempotency.Attempt | None

    def call(self, session: Session, door: Door, asked: Any = None) -> Call[Any]:
        now = datetime.now(UTC)
        return Call(
            session,
            self.actor,
            now,
            door.wiring,
            self.body,
            self.query,
            self.expected_version,
            self.last_event_id,
            asked,
        )


class Api(flask_restful.Api):  # type: ignore[misc]
    """flask_restful's Api with Flask's own error handling and Flask's own responses."""

    def error_router(self, original_handler: Any, e: Exception) -> Any:
        return original_handler(e)


def _despite_contention(run: Callable[[], Response]) -> Response:
    """The server undid this request for the sake of another one, or what it had looked up changed
    before it was locked: nothing has happened, so again."""
    for _ in range(_UNDONE_AT_MOST):
        try:
            return run()
        except Exception as error:
            if not is_undone(error):
                raise
    return run()


def methods_of(resource: type[Resource[Any]]) -> dict[str, Callable[..., Any]]:
    """HTTP method → function, of what a resource really offers."""
    return {m: getattr(resource, m) for m in sorted(_METHODS) if hasattr(resource, m)}


def resource_id_of(result: Any) -> object:
    """The id by which `render` finds the result again: `id`, or `plan_id` of a plan."""
    if isinstance(result, Mapping):
        return result.get("id", result.get("plan_id"))
    return result.id


def authenticate(declared: Declaration, verifier: TokenVerifier) -> Actor:
    if declared.roles is None:
        raise Problem("forbidden", "Für diese Route ist keine Rolle festgelegt.")
    if not declared.roles:
        return Actor("anonymous", frozenset())
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated("Bearer-Token fehlt.")
    try:
        actor = verifier.verify(token.strip())
    except InvalidToken as reason:
        raise unauthenticated(f"Token ungültig ({reason}).") from None
    return _with_acting_user(authorized(actor, declared))


def authorized(actor: Actor, declared: Declaration) -> Actor:
    """The same; raises Problem unless a role of theirs is declared."""
    if not actor.may(declared.roles or ()):
        raise Problem("forbidden", f"Nötig ist eine der Rollen: {', '.join(declared.roles or ())}.")
    return actor


def _arrive(declared: Declaration, actor: Actor, ids: Mapping[str, int]) -> _Arrival:
    expected = _expected_version() if declared.if_match else None
    body, query = _read_body(declared), _read_query(declared)
    if declared.if_match_with is not None:
        is_needed = body.get(declared.if_match_with) is not None
        expected = _expected_version() if is_needed or "If-Match" in request.headers else None
    last_event_id = _last_event_id() if declared.resumable else None
    attempt = _attempt(actor, ids, body) if declared.idempotent else None
    return _Arrival(actor, ids, body, query, expected, last_event_id, attempt)


def _attempt(
    actor: Actor, ids: Mapping[str, int], body: Mapping[str, Any]
) -> idempotency.Attempt | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    # By the endpoint: a resource may have several URLs.
    route = f"{request.method} {request.endpoint}"
    return idempotency.attempt(actor, route, key, [ids, body])


def unauthenticated(detail: str) -> Problem:
    return Problem("unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


def _with_acting_user(actor: Actor) -> Actor:
    user = request.headers.get(ACTING_USER_HEADER, "")
    if SERVICE not in actor.roles or not user or len(user) > _LONGEST_USER:
        return actor
    return replace(actor, acting_for=user)


def _expected_version() -> int:
    tag = request.headers.get("If-Match")
    if tag is None:
        raise Problem("if-match-required", "If-Match mit dem zuletzt gelesenen ETag senden.")
    digits = tag.removeprefix('"').removesuffix('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10 and tag == f'"{digits}"'):
        raise Problem("stale", "Dieses ETag haben wir nicht ausgegeben.")
    return int(digits)


def _last_event_id() -> int | None:
    sent = request.headers.get("Last-Event-ID")
    if sent is None:
        return None
    if re.fullmatch(EVENT_ID, sent) is None:
        raise field_error(
            "Last-Event-ID", "unknown_value", "Diese Nummer haben wir nicht vergeben."
        )
    return int(sent)


def _read_body(declared: Declaration) -> dict[str, Any]:
    if declared.body is None:
        return {}
    content = _json_object()
    schema = _built(declared.body)
    # By name: a bare True would let fields be left out of the objects inside as well.
    may_miss = tuple(schema.fields) if declared.partial else ()
    try:
        return cast("dict[str, Any]", schema.load(content, partial=may_miss))
    except ValidationError as error:
        raise validation_problem(error.messages) from None


@cache
def _built(schema: type[Schema]) -> Schema:
    """A schema keeps nothing between requests, and building one copies all of its fields."""
    return schema(unknown="raise")


@cache
def _writer(schema: type[Schema]) -> Writer:
    return writer_of(_built(schema))


def _json_object() -> dict[str, Any]:
    try:
        content = request.get_json()
    except UnsupportedMediaType:
        raise Problem("unsupported-media-type") from None
    except RequestEntityTooLarge:
        raise Problem("too-large") from None
    except (BadRequest, ValueError, RecursionError):
        raise Problem("malformed", "Kein gültiges JSON.") from None
    if not isinstance(content, dict):
        raise field_error("body", "wrong_type", "Ein JSON-Objekt wird erwartet.")
    return content


def _read_query(declared: Declaration) -> dict[str, Any]:
    """Where no query is declared, whatever comes is ignored."""
    if declared.query is None:
        return {}
    for name, values in request.args.lists():
        if len(values) > 1:
            raise field_error(name, "repeated", "Darf nur einmal vorkommen.")
    try:
        loaded = _built(declared.query).load(request.args.to_dict())
    except ValidationError as error:
        raise validation_problem(error.messages) from None
    return cast("dict[str, Any]", loaded)


def _answer(declared: Declaration, result: Any, status: int) -> Response:
    if isinstance(result, Response):
        return result
    if declared.answer is None:
        return Response(status=status)
    write = _writer(declared.answer)
    content: Any = [write(one) for one in result] if declared.many else write(result)
    response = jsonify(content)
    response.status_code = status
    if declared.etag and status < HTTPStatus.MULTIPLE_CHOICES:
        response.set_etag(str(content["version"]))
    if declared.location and status == HTTPStatus.CREATED:
        response.headers["Location"] = declared.location.format(**content)
    return response


def mount(app: Flask, routes: "list[tuple[str, type[Resource[Any]], tuple[str, ...]]]") -> None:
    """Registers (endpoint, resource, paths) rows."""
    api = Api(app)
    for endpoint, resource, paths in routes:
        api.add_resource(resource, *paths, endpoint=endpoint)
