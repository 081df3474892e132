"""What marshmallow's schemas cannot say by themselves, added to a finished OpenAPI document.

An answer has every field of its schema, except those that say `x-present-when`, and may learn new
ones; a request has nothing but the fields of its schema.
"""

from collections.abc import Iterator
from typing import Any

from shared.contracts.weekly_schedule import JSON_SCHEMA as WEEKLY_SCHEDULE
from shared.http.fields import WEEKLY_SCHEDULE_REFERENCE

_FOLDER = "#/components/schemas/"


def complete_schemas(document: dict[str, Any]) -> None:
    """Raises ValueError for a schema that is sent and answered, and cannot be both."""
    schemas = document["components"]["schemas"]
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    responses = [document["components"]["responses"], *(one["responses"] for one in operations)]
    answered = _names_in(document, responses)
    sent = _names_in(document, [one.get("requestBody") for one in operations])
    for name in sorted(answered):
        always = _always_there(schemas[name])
        if name in sent and set(always) != set(schemas[name].get("required", [])):
            raise ValueError(f"{name} is answered with every field and asked for with fewer")
        schemas[name]["required"] = always
        if name not in sent:
            schemas[name].pop("additionalProperties", None)
    if WEEKLY_SCHEDULE_REFERENCE["$ref"] in _references(document):
        schemas["WeeklySchedule"] = WEEKLY_SCHEDULE


def _always_there(schema: dict[str, Any]) -> list[str]:
    """Without the defaults, which are what a request may leave out."""
    for described in schema["properties"].values():
        described.pop("default", None)
    return [name for name, one in schema["properties"].items() if "x-present-when" not in one]


def _names_in(document: dict[str, Any], part: Any) -> set[str]:
    """The schemas that this part of the document refers to, and those that they refer to."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        names = {one.removeprefix(_FOLDER) for one in _references(waiting.pop())}
        new = {name for name in names if name in document["components"]["schemas"]} - found
        found |= new
        waiting += [document["components"]["schemas"][name] for name in new]
    return found


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)
