"""The OpenAPI document of a service, from the declarations that its routes are enforced by."""

import re
from collections.abc import Iterable
from typing import Any, Protocol

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from shared.http.declarations import Declaration, declaration_of
from shared.http.fields import LARGEST_ID
from shared.http.problems import PROBLEMS
from shared.http.resource import Resource, methods_of


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
    field = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class ProblemAnswer(Schema):
    """RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldErrorAnswer))


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
    for route in routes:
        for path in route.paths:
            spec.path(path=_template(path), operations=_operations(path, route))
    document: dict[str, Any] = spec.to_dict()
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
        "operationId": re.sub(r"\W+", "_", f"{method} {path}").strip("_"),
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


def _parameters(path: str, declared: Declaration) -> list[Any]:
    found: list[Any] = [
        {"in": "path", "name": name, "required": True, "schema": _path_schema(converter)}
        for converter, name in re.findall(r"<(?:(\w+):)?(\w+)>", path)
    ]
    if declared.query is not None:
        found.append({"in": "query", "schema": declared.query})
    if declared.if_match or declared.if_match_with:
        found.append(_header("If-Match", required=declared.if_match))
    if declared.idempotent:
        found.append(_header("Idempotency-Key", required=False))
    return found


def _path_schema(converter: str) -> dict[str, Any]:
    if converter == "id":
        return {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
    return {"type": "string"}


def _header(name: str, *, required: bool) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": required, "schema": {"type": "string"}}


def _responses(route: RouteRow, declared: Declaration) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Erfolg"}
    if declared.answer is not None:
        success["content"] = {"application/json": {"schema": declared.answer(many=declared.many)}}
    refusal = (
        {"application/json": {"schema": route.v1_refusal}}
        if route.version == "v1"
        else {"application/problem+json": {"schema": ProblemAnswer}}
    )
    answers: dict[str, Any] = {str(declared.status): success}
    for status, slugs in _refusals(route.version, declared).items():
        answers[str(status)] = {"description": ", ".join(slugs), "content": refusal}
    return answers


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
        slugs += ["idempotency-key-reused", "idempotency-in-progress"]
    by_status: dict[int, list[str]] = {}
    for slug in dict.fromkeys(slugs):
        status = PROBLEMS[slug][0]
        by_status.setdefault(400 if version == "v1" and status == 422 else status, []).append(slug)
    return dict(sorted(by_status.items()))
