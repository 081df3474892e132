"""A service's OpenAPI document as a list of operations, every reference resolved."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

JsonSchema = dict[str, Any]
_READ_AS_A_WHOLE = {"WeeklySchedule"}
_NULL = {"type": "null"}
_ONLY_WITH_SOME_BODIES = {"If-Match"}


@dataclass(frozen=True)
class Operation:
    """`path` is a template; `query`, `path_ids` map parameter names to their schemas.

    `refusal` are the members of the document that answers a malformed request.
    """

    method: str
    path: str
    deprecated: bool
    body: JsonSchema | None
    path_ids: dict[str, JsonSchema]
    query: dict[str, JsonSchema]
    required_query: frozenset[str]
    headers: frozenset[str]
    refusal: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


def read_operations(document: dict[str, Any]) -> list[Operation]:
    """Of programs; pages are for people."""
    return [
        _operation(document, path, method, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if path.startswith("/api/")
    ]


def kind_of(schema: JsonSchema) -> str:
    """The JSON type besides null."""
    kind = schema["type"]
    return kind if isinstance(kind, str) else next(k for k in kind if k != "null")


def is_nullable(schema: JsonSchema) -> bool:
    return isinstance(schema["type"], list) and "null" in schema["type"]


def _operation(
    document: dict[str, Any], path: str, method: str, described: dict[str, Any]
) -> Operation:
    body = described.get("requestBody")
    query = list(_parameters(document, described, "query"))
    return Operation(
        method=method,
        path=path,
        deprecated=described["deprecated"],
        body=_resolved(document, body["content"]["application/json"]["schema"]) if body else None,
        path_ids={name: schema for name, schema, _ in _parameters(document, described, "path")},
        query={name: schema for name, schema, _ in query},
        required_query=frozenset(name for name, _, required in query if required),
        headers=frozenset(
            name
            for name, _, required in _parameters(document, described, "header")
            if required or name not in _ONLY_WITH_SOME_BODIES
        ),
        refusal=frozenset(_refusal(document, described)["properties"]),
    )


def _refusal(document: dict[str, Any], described: dict[str, Any]) -> JsonSchema:
    name = described["responses"]["400"]["$ref"].rpartition("/")[2]
    [content] = document["components"]["responses"][name]["content"].values()
    general = content["schema"].get("allOf", [content["schema"]])[0]
    return _resolved(document, general)


def _parameters(
    document: dict[str, Any], described: dict[str, Any], place: str
) -> Iterator[tuple[str, JsonSchema, bool]]:
    for parameter in described["parameters"]:
        if parameter["in"] == place:
            schema = _resolved(document, parameter["schema"])
            yield parameter["name"], schema, parameter["required"]


def _resolved(document: dict[str, Any], schema: JsonSchema) -> JsonSchema:
    """`title` of a resolved schema is the name it is referred to by. Of alternatives the first one
    is read, beside null."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in _READ_AS_A_WHOLE:
            return {"title": name, "type": "object"}
        return {"title": name, **_resolved(document, document["components"]["schemas"][name])}
    if "anyOf" in schema:
        first = next(one for one in schema["anyOf"] if one != _NULL)
        common = {name: one for name, one in schema.items() if name != "anyOf"}
        resolved = {**common, **_resolved(document, first)}
        is_nullable = _NULL in schema["anyOf"]
        return {**resolved, "type": [resolved["type"], "null"]} if is_nullable else resolved
    resolved = dict(schema)
    if "properties" in schema:
        properties = schema["properties"].items()
        resolved["properties"] = {name: _resolved(document, inner) for name, inner in properties}
    if "items" in schema:
        resolved["items"] = _resolved(document, schema["items"])
    return resolved
