"""Links of an OpenAPI document: what can be done with what was made or read.

They are for programs that find their own way – documentation pages, generated clients, fuzzers.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class _Operation(NamedTuple):
    method: str
    path: str
    described: dict[str, Any]

    @property
    def needs_version(self) -> bool:
        return any(parameter["name"] == "If-Match" for parameter in self.described["parameters"])


def add_links(document: dict[str, Any], locations: Mapping[str, str]) -> None:
    """`locations`: operation id → path of what the operation makes, with `{id}` in it."""
    operations = [
        _Operation(method, path, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    for operation in operations:
        location = locations.get(operation.described["operationId"])
        if location is not None:
            _link(operation, "201", _below(location, operations), "$response.body#/id")
        elif operation.method == "get" and _tells_version(operation):
            beside = [one for one in operations if one.path == operation.path]
            name = _parameter(operation.path)
            _link(operation, "200", filter(_changes, beside), f"$request.path.{name}")


def _below(location: str, operations: list[_Operation]) -> Iterator[_Operation]:
    """Everything that needs no more than the id of what was made."""
    folder = location.removesuffix("{id}")
    for operation in operations:
        if operation.path.startswith(f"{folder}{{") and operation.path.count("{") == 1:
            yield operation


def _changes(operation: _Operation) -> bool:
    return operation.needs_version


def _tells_version(operation: _Operation) -> bool:
    return "ETag" in operation.described["responses"]["200"].get("headers", {})


def _link(operation: _Operation, status: str, targets: Any, made: str) -> None:
    links = {
        target.described["operationId"]: {
            "operationId": target.described["operationId"],
            "parameters": {
                f"path.{_parameter(target.path)}": made,
                **({"header.If-Match": "$response.header.ETag"} if target.needs_version else {}),
            },
        }
        for target in targets
    }
    if links:
        operation.described["responses"][status]["links"] = links


def _parameter(path: str) -> str:
    (name,) = re.findall(r"{(\w+)}", path)
    return str(name)
