"""The OpenAPI document of a service, from the declarations that its routes are enforced by."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from shared.http.contract_links import add_links
from shared.http.contract_schemas import complete_schemas
from shared.http.declarations import Declaration, declaration_of
from shared.http.fields import LARGEST_ID, NAME_PATTERN, Postcode
from shared.http.idempotency import LONGEST_KEY
from shared.http.problems import PROBLEMS
from shared.http.resource import EVENT_ID, Resource, methods_of


class RouteRow(Protocol):
    @property
    def paths(self) -> tuple[str, ...]: ...
    @property
    def resource(self) -> type[Resource[Any]]: ...
    @property
    def version(self) -> str: ...
    @property
    def v1_refusal(self) -> type[Schema]: ...


class FieldErrorAnswer(Schema):
    field = fields.String()
    code = fields.String()
    message = fields.String()


class ProblemAnswer(Schema):
    """RFC 9457."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    errors = fields.List(
        fields.Nested(FieldErrorAnswer),
        metadata={"x-present-when": "einzelne Felder falsch sind"},
    )


def openapi_document(name: str, routes: Iterable[RouteRow]) -> dict[str, Any]:
    """OpenAPI 3.1 of the given route table."""
    spec = APISpec(
        title=name,
        version="2",
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
        security=[{"bearer": []}],
    )
    spec.components.security_scheme(
        "bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    )
    for header, described in _HEADERS.items():
        spec.components.header(header, described)
    rows = list(routes)
    for refusal, described in _refusals_of(rows).items():
        spec.components.response(refusal, described)
    for route in rows:
        for path in route.paths:
            spec.path(path=_template(path), operations=_operations(path, route))
    document: dict[str, Any] = spec.to_dict()
    complete_schemas(document)
    add_links(document, _locations(rows))
    return document


def _schema_name(schema: type[Schema] | Schema) -> str:
    if isinstance(schema, Schema):
        return type(schema).__name__ + ("Patch" if schema.partial else "")
    return schema.__name__


def _template(path: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)


def _operations(path: str, route: RouteRow) -> dict[str, Any]:
    return {
        method: _operation(method, path, route, declaration_of(function), function)
        for method, function in methods_of(route.resource).items()
    }


def _operation(
    method: str, path: str, route: RouteRow, declared: Declaration, function: Any
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(method, path),
        "summary": (function.__doc__ or "").strip().partition("\n")[0],
        "deprecated": route.version == "v1",
        "x-roles": list(declared.roles or ()),
        "parameters": _parameters(path, declared),
        "responses": _responses(route, declared),
    }
    if declared.roles == ():
        operation["security"] = []
    if declared.body is not None:
        schema = declared.body(partial=declared.partial)
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return operation


def _operation_id(method: str, path: str) -> str:
    return re.sub(r"\W+", "_", f"{method} {path}").strip("_")


def _parameters(path: str, declared: Declaration) -> list[Any]:
    found: list[Any] = [
        {"in": "path", "name": name, "required": True, "schema": _path_schema(converter, name)}
        for converter, name in re.findall(r"<(?:(\w+):)?(\w+)>", path)
    ]
    if declared.query is not None:
        found.append({"in": "query", "schema": declared.query})
    if declared.if_match or declared.if_match_with:
        found.append(_header("If-Match", {"pattern": _ETAG}, required=declared.if_match))
    if declared.resumable:
        found.append(_header("Last-Event-ID", {"pattern": EVENT_ID}, required=False))
    if declared.idempotent:
        rules = {"pattern": _PRINTABLE, "maxLength": LONGEST_KEY}
        found.append(_header("Idempotency-Key", rules, required=False))
    return found


def _path_schema(converter: str, name: str) -> dict[str, Any]:
    if converter == "id":
        return {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
    if converter == "name":
        return {"type": "string", "pattern": f"^{NAME_PATTERN}$"}
    return {
        "type": "string",
        **({"pattern": Postcode().metadata["pattern"]} if name == "plz" else {}),
    }


def _header(name: str, rules: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    schema = {"type": "string", **rules}
    return {"in": "header", "name": name, "required": required, "schema": schema}


# Of Latin-1, for a header has no other signs; spaces around it do not arrive.
_PRINTABLE = r"^[^\x00-\x20\x7f-\xa0\xad][^\x00-\x1f\x7f-\xa0\xad]*$"
_ETAG = '^"[0-9]{1,9}"$'
_HEADERS: dict[str, dict[str, Any]] = {
    name: {"description": description, "required": True, "schema": {"type": "string", **rules}}
    for name, description, rules in (
        ("ETag", "Die Version, als If-Match für die nächste Änderung", {"pattern": _ETAG}),
        ("Location", "Wo das Angelegte zu finden ist", {"format": "uri-reference"}),
        ("Retry-After", "In wie vielen Sekunden es sich wieder lohnt", {"pattern": "^[0-9]+$"}),
        ("WWW-Authenticate", "Womit man sich anmeldet", {"const": "Bearer"}),
        ("Deprecation", "Seit wann veraltet (RFC 9745)", {"pattern": "^@[0-9]+$"}),
        ("Sunset", "Wann abgeschaltet wird (RFC 8594)", {"pattern": " GMT$"}),
        ("Link", "Der Nachfolger (successor-version) und was zu wissen ist", {"pattern": "^<"}),
    )
}
_HEADERS_OF_REFUSALS = {
    401: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
_HEADERS_OF_V1 = ("Deprecation", "Sunset", "Link")


_PAGE = {"description": "Seite", "content": {"text/html": {"schema": {"type": "string"}}}}


def _responses(route: RouteRow, declared: Declaration) -> dict[str, Any]:
    if declared.pages:
        return {str(status): _PAGE for status in declared.pages}
    success: dict[str, Any] = {"description": "Erfolg"}
    if declared.answer is not None:
        success["content"] = {declared.media: {"schema": declared.answer(many=declared.many)}}
    headers = [*_headers_of_success(declared), *(_HEADERS_OF_V1 if _is_v1(route) else ())]
    refusals = {
        str(status): {"$ref": f"#/components/responses/{_refusal_name(route, slugs)}"}
        for status, slugs in _refusals(route.version, declared).items()
    }
    return {str(declared.status): {**success, **_shown(headers)}, **refusals}


def _headers_of_success(declared: Declaration) -> Iterator[str]:
    if declared.etag:
        yield "ETag"
    if declared.location:
        yield "Location"


def _shown(headers: Iterable[str]) -> dict[str, Any]:
    shown = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return {"headers": shown} if shown else {}


def _is_v1(route: RouteRow) -> bool:
    return route.version == "v1"


def _refusals_of(routes: Iterable[RouteRow]) -> dict[str, dict[str, Any]]:
    """Name → response, each of them once."""
    return {
        _refusal_name(route, slugs): _refusal(route, status, slugs)
        for route in routes
        for function in methods_of(route.resource).values()
        if not (declared := declaration_of(function)).pages
        for status, slugs in _refusals(route.version, declared).items()
    }


def _refusal_name(route: RouteRow, slugs: list[str]) -> str:
    return ".".join([*(["v1"] if _is_v1(route) else []), *slugs])


def _refusal(route: RouteRow, status: int, slugs: list[str]) -> dict[str, Any]:
    headers = _HEADERS_OF_REFUSALS.get(status, ())
    described = {"description": ", ".join(slugs)}
    if _is_v1(route):
        v1_content = {"application/json": {"schema": route.v1_refusal}}
        return {**described, "content": v1_content, **_shown([*headers, *_HEADERS_OF_V1])}
    types = {"properties": {"type": {"enum": [f"/problems/{slug}" for slug in slugs]}}}
    content = {"application/problem+json": {"schema": {"allOf": [ProblemAnswer, types]}}}
    return {**described, "content": content, **_shown(headers)}


def _refusals(version: str, declared: Declaration) -> dict[int, list[str]]:
    slugs = ["malformed", "not-found", "unavailable", *declared.refusals]
    if declared.roles:
        slugs += ["unauthenticated", "forbidden"]
    if declared.body is not None:
        slugs += ["validation-failed", "unsupported-media-type", "too-large"]
    if declared.query is not None:
        slugs.append("validation-failed")
    if declared.if_match or declared.if_match_with:
        slugs += ["stale", "if-match-required"]
    if declared.idempotent:
        slugs += ["validation-failed", "idempotency-key-reused", "idempotency-in-progress"]
    by_status: dict[int, list[str]] = {}
    for slug in dict.fromkeys(slugs):
        status = PROBLEMS[slug][0]
        by_status.setdefault(400 if version == "v1" and status == 422 else status, []).append(slug)
    return dict(sorted(by_status.items()))


def _locations(routes: Iterable[RouteRow]) -> dict[str, str]:
    """Operation id → the path of what it makes."""
    return {
        _operation_id(method, path): location
        for route in routes
        for path in route.paths
        for method, function in methods_of(route.resource).items()
        if (location := declaration_of(function).location)
    }
