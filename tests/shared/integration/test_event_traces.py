"""Events carry their trace on: into what is done about them, and into what is told of that."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry import trace
from sqlalchemy.orm import Session

from shared.events.envelope import Event
from shared.events.outbox import publish
from tests.shared.integration.inboxes import Inbox, event
from tests.spans import Spans, id_of, parent_of, recorded, trace_of

TRACES = [f"{number:032x}" for number in range(0xA1, 0xA4)]
TELLER = "00f067aa0ba902b7"
SPAN = "process patient-events"


@pytest.fixture
def spans() -> Iterator[Spans]:
    with recorded() as spans:
        yield spans


def test_a_reaction_goes_on_in_the_trace_of_its_event(spans: Spans, inbox: Inbox) -> None:
    inbox.receive(_traced("1", TRACES[0]))

    reaction = spans.only(SPAN)
    assert (trace_of(reaction), parent_of(reaction)) == (TRACES[0], TELLER)
    assert reaction.kind == trace.SpanKind.CONSUMER
    assert {
        "messaging.operation.type": "process",
        "messaging.operation.name": "note",
        "messaging.destination.name": "patient-events",
        "cloudevents.event_type": "patient.updated",
    }.items() <= dict(reaction.attributes or {}).items()


def test_what_a_reaction_tells_bears_the_same_trace(spans: Spans, inbox: Inbox) -> None:
    inbox.ward.before_effect = _tell

    inbox.receive(_traced("1", TRACES[0]))

    [told] = inbox.rows("SELECT body->>'traceparent' FROM outbox")
    assert told == (f"00-{TRACES[0]}-{id_of(spans.only(SPAN))}-01",)


def test_a_projection_names_the_traces_of_all_events_in_its_batch(
    spans: Spans, projection: Inbox
) -> None:
    projection.receive(*(_traced(str(key), trace_id) for key, trace_id in enumerate(TRACES)))

    batch = spans.only(SPAN)
    assert [trace.format_trace_id(link.context.trace_id) for link in batch.links] == TRACES
    assert batch.parent is None
    assert (batch.attributes or {})["messaging.batch.message_count"] == len(TRACES)


def test_an_event_without_a_trace_begins_one(spans: Spans, inbox: Inbox) -> None:
    inbox.receive(event("1"))

    assert spans.only(SPAN).parent is None


def test_a_parked_event_heals_in_the_trace_that_it_came_with(spans: Spans, inbox: Inbox) -> None:
    inbox.ward.broken = {"1"}
    inbox.receive(_traced("1", TRACES[0]))
    failed = spans.called(SPAN)
    inbox.ward.broken = set()

    assert inbox.retry() == 1

    healed = spans.called(SPAN)[len(failed) :]
    assert {(s.attributes or {}).get("error.type") for s in failed} == {"ValueError"}
    assert [(trace_of(span), parent_of(span)) for span in healed] == [(TRACES[0], TELLER)]


def _traced(key: str, trace_id: str) -> Event:
    return replace(event(key), traceparent=f"00-{trace_id}-{TELLER}-01")


def _tell(session: Session) -> None:
    data: dict[str, Any] = {"search_id": 1, "version": 1, "patient_id": 1, "status": "active"}
    publish(session, "matching_service", "search.created", 1, data, datetime.now(UTC))
