"""The saved schema of every event type, and the judgement of what may change in it.

Events outlive programs: the log keeps them for 14 days, and services are not renewed all at once.
So a new reader must understand old events, and an old reader new ones. Both readers let unknown
fields pass; therefore an optional field may join, and nothing else may change but explanations.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import EXCLUDE

from shared.contracts.event_types import EVENT_TYPES, EventType

FOLDER = "docs/events"
_WAY_OUT = (
    "Whoever reads it today would misunderstand it. Publish a new type beside it, and delete the"
    f" file in {FOLDER} by hand when nobody reads the old one any more (CONTRIBUTING.md)."
)

SavedType = Mapping[str, Any]


def event_schemas() -> dict[str, str]:
    """Path below the root → text."""
    return {f"{FOLDER}/{name}.json": _text(saved_form(t)) for name, t in EVENT_TYPES.items()}


def saved_form(event_type: EventType) -> SavedType:
    return {
        "type": event_type.name,
        "topic": event_type.topic,
        "key": event_type.key,
        "data": data_schema(event_type),
    }


def data_schema(event_type: EventType) -> dict[str, Any]:
    """JSON Schema of `data` as a reader may rely on it: fields may join."""
    spec = APISpec(event_type.name, "2", "3.1.0", plugins=[MarshmallowPlugin()])
    spec.components.schema(event_type.name, schema=event_type.data(unknown=EXCLUDE))
    schema: dict[str, Any] = spec.to_dict()["components"]["schemas"][event_type.name]
    return schema


def broken_promises(root: Path) -> list[str]:
    """What the code changes although it was promised; a sentence each, with a way out."""
    saved = [json.loads(file.read_text()) for file in sorted((root / FOLDER).glob("*.json"))]
    return [sentence for was in saved for sentence in _judge(was)]


def changes_refused(was: SavedType, now: SavedType) -> list[str]:
    """What makes the two forms of one type incompatible, forward or backward."""
    return [f"{was['type']}: {change}. {_WAY_OUT}" for change in _changes(was, now)]


def _judge(was: SavedType) -> list[str]:
    event_type = EVENT_TYPES.get(was["type"])
    if event_type is None:
        return [f"{was['type']}: the type is gone. {_WAY_OUT}"]
    return changes_refused(was, saved_form(event_type))


def _changes(was: SavedType, now: SavedType) -> Iterator[str]:
    for name in ("topic", "key"):
        if was[name] != now[name]:
            yield f"{name} was {was[name]} and is {now[name]}"
    fields_then, fields_now = was["data"]["properties"], now["data"]["properties"]
    for name, then in fields_then.items():
        if name not in fields_now:
            yield f"field {name} is gone"
        elif (was_so := _promised(then)) != (is_so := _promised(fields_now[name])):
            yield f"field {name} was {json.dumps(was_so)} and is {json.dumps(is_so)}"
    required_then, required_now = _required(was), _required(now)
    for name in sorted(required_now - required_then):
        yield f"field {name} is required" + (" now" if name in fields_then else " and new")
    for name in sorted(required_then & fields_now.keys() - required_now):
        yield f"field {name} is not required any more"


def _promised(field: Mapping[str, Any]) -> dict[str, Any]:
    return {word: value for word, value in field.items() if word != "description"}


def _required(saved: SavedType) -> set[str]:
    return set(saved["data"].get("required", ()))


def _text(saved: SavedType) -> str:
    return json.dumps(saved, indent=2, ensure_ascii=False) + "\n"
