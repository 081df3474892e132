"""The AsyncAPI document of the house: which events there are, who tells them, who listens."""

import importlib
import importlib.util
from collections.abc import Iterator, Sequence
from typing import Any

from devstack.event_schemas import data_schema
from devstack.ports import SERVICES
from shared.contracts.event_types import EVENT_TYPES, TOPICS, EventType

_TEXT = {"type": "string"}
ENVELOPE: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0 in JSON, with the extension for distributed tracing.",
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "source": {**_TEXT, "description": "/ and the service that tells it"},
        "type": _TEXT,
        "subject": {**_TEXT, "description": "the key: events of one key keep their order"},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "traceparent": {**_TEXT, "description": "W3C trace context of what the event belongs to"},
        "data": {"type": "object"},
    },
    "required": [
        *("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data")
    ],
}


def asyncapi_document() -> dict[str, Any]:
    """AsyncAPI 3.0."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "psychotherapy-matching",
            "version": "2",
            "description": (
                "Every event reaches its reader at least once, in order per key. Readers let"
                " unknown fields pass. `data` holds ids, versions, states and dates only."
            ),
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic: _channel(topic) for topic in TOPICS},
        "operations": dict(_operations()),
        "components": {
            "messages": {name: _message(event_type) for name, event_type in EVENT_TYPES.items()},
            "schemas": {
                "Envelope": ENVELOPE,
                **{name: data_schema(event_type) for name, event_type in EVENT_TYPES.items()},
            },
        },
    }


def _channel(topic: str) -> dict[str, Any]:
    return {
        "address": topic,
        "messages": {n: _reference("components", "messages", n) for n in _types_in(topic)},
        "bindings": {"kafka": {"topic": topic}},
    }


def _message(event_type: EventType) -> dict[str, Any]:
    own = {
        "properties": {
            "type": {"const": event_type.name},
            "data": _reference("components", "schemas", event_type.name),
        }
    }
    return {
        "name": event_type.name,
        "payload": {"allOf": [_reference("components", "schemas", "Envelope"), own]},
        "bindings": {"kafka": {"key": {**_TEXT, "description": event_type.key}}},
    }


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for service in SERVICES:
        own = f"{service.removesuffix('_service')}-events"
        yield from _operation(service, "tells", "send", own, _types_in(own))
        heard = _heard_by(service)
        for topic in TOPICS:
            types = [name for name in _types_in(topic) if name in heard]
            yield from _operation(service, "hears", "receive", topic, types)


def _operation(
    service: str, verb: str, action: str, topic: str, types: Sequence[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    if types:
        yield (
            f"{service}.{verb}.{topic}",
            {
                "action": action,
                "channel": _reference("channels", topic),
                "messages": [_reference("channels", topic, "messages", name) for name in types],
                "tags": [{"name": service}],
            },
        )


def _types_in(topic: str) -> list[str]:
    return [name for name, event_type in EVENT_TYPES.items() if event_type.topic == topic]


def _heard_by(service: str) -> frozenset[str]:
    """A service that listens to nobody has no consumers."""
    if importlib.util.find_spec(f"{service}.consumers") is None:
        return frozenset()
    heard: frozenset[str] = importlib.import_module(f"{service}.consumers").HANDLERS.types
    return heard


def _reference(*path: str) -> dict[str, str]:
    return {"$ref": f"#/{'/'.join(path)}"}
