"""docs/asyncapi.json says what the services tell and hear, in terms that others can follow."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from typing import Any
from uuid import uuid4

import pytest

from devstack.asyncapi import asyncapi_document
from shared.contracts.event_types import EVENT_TYPES, TOPICS
from shared.events.envelope import Event
from tests.architecture.house import SERVICES, handlers_of

DOCUMENT = asyncapi_document()
OPERATIONS = DOCUMENT["operations"]
EVENT = Event(
    id=uuid4(),
    type="patient.updated",
    topic="patient-events",
    key="1",
    source="/patient_service",
    time=datetime(2026, 11, 23, 8, 15, tzinfo=UTC),
    data={"patient_id": 1, "version": 2},
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)


def test_every_reference_leads_somewhere() -> None:
    references = list(_references(DOCUMENT))

    assert len(references) > 4 * len(EVENT_TYPES)
    for reference in references:
        assert _found(reference), reference


def test_every_topic_is_a_channel_and_every_type_a_message_of_its_channel() -> None:
    assert {name: set(c["messages"]) for name, c in DOCUMENT["channels"].items()} == {
        topic: {name for name, t in EVENT_TYPES.items() if t.topic == topic} for topic in TOPICS
    }


def test_every_type_is_told_by_one_service() -> None:
    told = [name for op in OPERATIONS.values() if op["action"] == "send" for name in _types(op)]

    assert sorted(told) == sorted(EVENT_TYPES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_hears_what_it_handles(service: str) -> None:
    heard = [
        name
        for op in OPERATIONS.values()
        if op["action"] == "receive" and op["tags"] == [{"name": service}]
        for name in _types(op)
    ]

    assert sorted(heard) == sorted(handlers_of(service).types)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_a_message_is_an_envelope_with_the_data_of_its_type(name: str) -> None:
    envelope, own = DOCUMENT["components"]["messages"][name]["payload"]["allOf"]

    assert envelope == {"$ref": "#/components/schemas/Envelope"}
    assert own["properties"] == {
        "type": {"const": name},
        "data": {"$ref": f"#/components/schemas/{name}"},
    }
    assert "additionalProperties" not in _found(own["properties"]["data"]["$ref"])


def test_the_envelope_is_what_travels() -> None:
    envelope = DOCUMENT["components"]["schemas"]["Envelope"]

    assert set(envelope["properties"]) == set(EVENT.to_body())
    assert set(envelope["required"]) == set(replace(EVENT, traceparent=None).to_body())


def test_a_reader_lets_pass_what_it_does_not_know() -> None:
    body = {**EVENT.to_body(), "tracestate": "new", "data": {**EVENT.data, "new": True}}

    read = Event.from_body("patient-events", body)

    assert replace(read, data=EVENT.data) == EVENT


def _references(part: Any) -> Iterator[str]:
    children = part.items() if isinstance(part, dict) else enumerate(part)
    for name, child in children:
        if name == "$ref":
            yield child
        elif isinstance(child, dict | list | tuple):
            yield from _references(child)


def _found(reference: str) -> Any:
    place: Any = DOCUMENT
    return reduce(lambda part, name: part[name], reference.removeprefix("#/").split("/"), place)


def _types(operation: dict[str, Any]) -> list[str]:
    return [message["$ref"].rpartition("/")[2] for message in operation["messages"]]
