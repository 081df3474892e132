"""Every promised event has a schema, somebody who tells it and somebody who listens."""

import ast
from collections.abc import Iterator

import pytest
from marshmallow import Schema

from matching_service.consumers.event_stream import tell_pages
from shared.contracts.event_types import EVENT_TYPES, Versioned
from tests.architecture.house import SERVICES, handlers_of, python_files, tree_of

TOLD_BY = {
    "patient": "patient_service",
    "therapist": "therapist_service",
    "search": "matching_service",
    "bundle": "matching_service",
    "cooling": "matching_service",
    "conflict": "matching_service",
    "communication": "communication_service",
}
CONTACT_EVENTS = {
    "communication.email_sent",
    "communication.email_unknown",
    "communication.call_scheduled",
    "communication.call_completed",
    "bundle.responded",
}
HEARD_BY = {
    "patient_service": {
        "search.created",
        "search.status_changed",
        "therapist.deleted",
        *CONTACT_EVENTS,
    },
    "therapist_service": {"cooling.started", "cooling.overridden", *CONTACT_EVENTS},
    "matching_service": {
        "patient.created",
        "patient.updated",
        "patient.deleted",
        "therapist.created",
        "therapist.updated",
        "therapist.blocked",
        "therapist.unblocked",
        "therapist.deleted",
        "communication.email_sent",
        "communication.email_failed",
        "communication.email_unknown",
        "communication.email_answered",
        "communication.email_bounced",
        "communication.mailbox_failed",
        "communication.mailbox_restored",
        "communication.reply_received",
        "communication.reply_settled",
        "communication.call_scheduled",
        "communication.call_completed",
    },
    "communication_service": {
        "search.created",
        "search.status_changed",
        "bundle.created",
        "bundle.sent",
        "bundle.responded",
        "bundle.closed",
        "bundle.cancelled",
        "conflict.detected",
        "therapist.updated",
        "therapist.blocked",
        "therapist.unblocked",
    },
    "geocoding_service": set(),
}
TOLD_TO_PAGES_ONLY: set[str] = set()


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_schema_of_an_event_carries_the_version_of_its_entity(event_type: str) -> None:
    data: type[Schema] = EVENT_TYPES[event_type].data

    assert issubclass(data, Versioned)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_the_service_that_owns_an_event_tells_it(event_type: str) -> None:
    service = TOLD_BY[event_type.partition(".")[0]]

    assert is_told(event_type, service)


def test_an_event_that_nobody_tells_is_noticed() -> None:
    assert not is_told("bundle.forgotten", "matching_service")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_handles_exactly_the_events_that_were_promised_to_it(service: str) -> None:
    handlers = handlers_of(service)
    acted_on = {name for name, acts in handlers.reactions.items() if set(acts) - {tell_pages}}

    assert set(handlers.projections) | acted_on == HEARD_BY[service]


def test_every_event_has_a_listener_or_a_reason_for_having_none() -> None:
    heard = set().union(*HEARD_BY.values())

    assert heard | TOLD_TO_PAGES_ONLY == set(EVENT_TYPES)
    assert heard & TOLD_TO_PAGES_ONLY == set()


def test_pages_are_told_of_every_event() -> None:
    told = handlers_of("matching_service").reactions

    assert {name for name, acts in told.items() if tell_pages in acts} == set(EVENT_TYPES)


def is_told(event_type: str, service: str) -> bool:
    """Its name is written in the service's code, whole or as f"{entity}." and a moment."""
    entity, _, moment = event_type.partition(".")
    texts, beginnings = set(_texts(service)), set(_beginnings(service))
    return event_type in texts or (f"{entity}." in beginnings and moment in texts)


def _texts(service: str) -> Iterator[str]:
    for node in _nodes(service):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _beginnings(service: str) -> Iterator[str]:
    """The fixed first parts of f-strings."""
    for node in _nodes(service):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            yield str(node.values[0].value)


def _nodes(service: str) -> Iterator[ast.AST]:
    for path in python_files(*(f"{service}/{room}" for room in ("domain", "use_cases", "jobs"))):
        yield from ast.walk(tree_of(path))
