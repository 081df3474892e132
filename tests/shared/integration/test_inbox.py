"""Events on their way in: effects once and in order, and a failure harms only its own key."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared.events.consumer import Consumer
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from shared.events.postgres_transport import PostgresTransport
from shared.events.transport import TransportLost
from shared.http.service_client import ServiceUnavailable

TOPIC = "patient-events"
EFFECT = "CREATE TABLE effect (place int GENERATED ALWAYS AS IDENTITY, key text, version int)"
KILL_MYSELF = text("SELECT pg_terminate_backend(pg_backend_pid())")


@dataclass
class Ward:
    """What the handlers of these tests are given: which keys to fail on, what else to do."""

    broken: set[str] = field(default_factory=set)
    batches: list[list[str]] = field(default_factory=list)
    before_effect: Callable[[Session], object] = lambda _: None


REACTING, PROJECTING = Handlers(), Handlers()


@REACTING.reaction("patient.updated")
def note(session: Session, event: Event, ward: Ward, _now: datetime) -> None:
    ward.before_effect(session)
    noting = text("INSERT INTO effect (key, version) VALUES (:key, :version)")
    session.execute(noting, {"key": event.key, "version": event.data["version"]})
    if event.key in ward.broken:
        raise ValueError(f"{event.key} heißt Musterfrau")


@PROJECTING.projection("patient.created", "patient.updated")
def copy(session: Session, events: Sequence[Event], ward: Ward, _now: datetime) -> None:
    ward.batches.append([event.key for event in events])
    for event in events:
        if event.key in ward.broken:
            raise ValueError


class Inbox:
    """One consumer of the matching service, with its transport and its ward."""

    def __init__(self, ends: Any, handlers: Handlers) -> None:
        self._ends = ends
        self._producer = PostgresTransport(ends.teller_url)
        self.transport = PostgresTransport(ends.listener_url, [TOPIC])
        self.ward = Ward()
        self.consumer = Consumer(ends.listener, self.transport, handlers, self.ward)

    def receive(self, *events: Event) -> int:
        """Appends the events and runs one batch. Returns the batch's size."""
        if events:
            self._producer.append(events)
        return self.consumer.run_once()

    def retry(self) -> int:
        """Runs the job that retries, as if everything parked were due."""
        self._ends.as_owner(
            "matching_service", "UPDATE parked SET next_attempt_at = clock_timestamp()"
        )
        return self.consumer.retry_parked()

    def effects(self) -> list[tuple[str, int]]:
        return self.rows("SELECT key, version FROM effect ORDER BY place")

    def parked(self) -> list[tuple[str, int, int]]:
        """Key, version of the event, attempts so far."""
        return self.rows(
            "SELECT key, (body->'data'->>'version')::int, attempts FROM parked ORDER BY id"
        )

    def rows(self, query: str) -> list[Any]:
        with self._ends.listener.transaction() as session:
            return [tuple(row) for row in session.execute(text(query))]

    def close(self) -> None:
        self._producer.close()
        self.transport.close()


@pytest.fixture
def inbox(ends: Any) -> Iterator[Inbox]:
    ends.as_owner("matching_service", EFFECT)
    opened = Inbox(ends, REACTING)
    yield opened
    opened.close()


@pytest.fixture
def projection(ends: Any) -> Iterator[Inbox]:
    opened = Inbox(ends, PROJECTING)
    yield opened
    opened.close()


def _event(key: str, version: int = 1, kind: str = "patient.updated") -> Event:
    return Event(
        id=uuid4(),
        type=kind,
        topic=TOPIC,
        key=key,
        source="/patient_service",
        time=datetime(2026, 11, 23, 8, 15, tzinfo=UTC),
        data={"patient_id": 1, "version": version},
    )


def test_an_event_has_its_effect_once(inbox: Inbox) -> None:
    assert inbox.receive(_event("7")) == 1
    assert inbox.receive() == 0
    assert inbox.effects() == [("7", 1)]


def test_an_event_has_its_effect_once_although_the_acknowledgement_was_lost(
    inbox: Inbox, ends: Any
) -> None:
    inbox.ward.before_effect = lambda _: ends.sever("events")
    with pytest.raises(TransportLost):
        inbox.receive(_event("7"), _event("8"))
    inbox.ward.before_effect = lambda _: None

    assert inbox.receive() == 2
    assert inbox.effects() == [("7", 1), ("8", 1)]


def test_a_replay_repeats_no_reaction(inbox: Inbox) -> None:
    inbox.receive(_event("7"))
    inbox.transport.rewind([TOPIC])

    assert inbox.receive() == 1
    assert inbox.effects() == [("7", 1)]


def test_types_that_nobody_handles_are_passed_over(inbox: Inbox) -> None:
    assert inbox.receive(_event("7", kind="patient.deleted"), _event("7", 2)) == 2
    assert inbox.effects() == [("7", 2)]
    assert inbox.receive() == 0


def test_a_failing_event_parks_its_key_and_nothing_else(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}

    inbox.receive(_event("6"), _event("7"), _event("8"), _event("7", 2), _event("8", 2))

    assert inbox.effects() == [("6", 1), ("8", 1), ("8", 2)]
    assert inbox.parked() == [("7", 1, 1), ("7", 2, 0)]
    assert inbox.receive() == 0


def test_later_events_of_a_parked_key_queue_up_behind_it(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(_event("7"))
    inbox.ward.broken = set()

    inbox.receive(_event("7", 2), _event("8"))
    inbox.receive(_event("7", 3))

    assert inbox.effects() == [("8", 1)]
    assert inbox.parked() == [("7", 1, 1), ("7", 2, 0), ("7", 3, 0)]


def test_a_retry_heals_a_key_in_the_order_of_its_events(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(_event("7"), _event("7", 2), _event("7", 3))
    inbox.ward.broken = set()

    assert inbox.retry() == 3
    assert inbox.effects() == [("7", 1), ("7", 2), ("7", 3)]
    assert inbox.parked() == []
    inbox.receive(_event("7", 4))
    assert inbox.effects()[-1] == ("7", 4)


def test_a_retry_that_fails_keeps_the_whole_key_waiting_for_longer(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(_event("7"), _event("7", 2))

    assert inbox.retry() == 0
    assert inbox.parked() == [("7", 1, 2), ("7", 2, 0)]
    assert inbox.rows("SELECT next_attempt_at > clock_timestamp() FROM parked ORDER BY id") == [
        (True,),
        (False,),
    ]
    assert inbox.effects() == []


def test_a_key_that_stays_broken_does_not_hold_up_the_retry_of_others(inbox: Inbox) -> None:
    inbox.ward.broken = {"6", "7", "8"}
    inbox.receive(_event("6"), _event("7"), _event("8"))
    inbox.ward.broken = {"6"}

    assert inbox.retry() == 2
    assert inbox.effects() == [("7", 1), ("8", 1)]


def test_what_is_not_due_is_not_retried(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(_event("7"))
    inbox.ward.broken = set()

    assert inbox.consumer.retry_parked() == 0
    assert inbox.parked() == [("7", 1, 1)]


def test_a_parked_event_that_comes_again_is_parked_once(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(_event("7"))
    inbox.transport.rewind([TOPIC])

    inbox.receive()

    assert inbox.parked() == [("7", 1, 1)]


def test_a_parked_event_says_what_failed_without_quoting_anybody(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(_event("7"), _event("7", 2))

    assert inbox.rows("SELECT error FROM parked ORDER BY id") == [("ValueError",), (None,)]


def _other_service_down(_: Session) -> None:
    raise ServiceUnavailable


@pytest.mark.parametrize(
    ("outage", "error"),
    [
        pytest.param(_other_service_down, ServiceUnavailable, id="another service"),
        pytest.param(lambda s: s.execute(KILL_MYSELF), OperationalError, id="the database"),
    ],
)
def test_an_outage_parks_nothing_and_the_events_come_again(
    inbox: Inbox, outage: Callable[[Session], object], error: type[Exception]
) -> None:
    inbox.ward.before_effect = outage
    with pytest.raises(error):
        inbox.receive(_event("7"), _event("8"))
    inbox.ward.before_effect = lambda _: None
    assert inbox.parked() == []

    assert inbox.receive() == 2
    assert inbox.effects() == [("7", 1), ("8", 1)]


def test_an_outage_during_a_retry_costs_no_attempt(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(_event("7"))
    inbox.ward.before_effect = _other_service_down

    with pytest.raises(ServiceUnavailable):
        inbox.retry()

    assert inbox.parked() == [("7", 1, 1)]


def test_a_projection_gets_a_batch_at_once_in_order(projection: Inbox) -> None:
    projection.receive(_event("7", kind="patient.created"), _event("8"), _event("7", 2))

    assert projection.ward.batches == [["7", "8", "7"]]


def test_a_replay_repeats_projections(projection: Inbox) -> None:
    projection.receive(_event("7"), _event("8"))
    projection.transport.rewind([TOPIC])
    projection.receive()

    assert projection.ward.batches == [["7", "8"], ["7", "8"]]


def test_a_failing_projection_is_tried_event_by_event(projection: Inbox) -> None:
    projection.ward.broken = {"7"}

    projection.receive(_event("6"), _event("7"), _event("8"))

    assert projection.ward.batches == [["6", "7", "8"], ["6"], ["7"], ["8"]]
    assert projection.parked() == [("7", 1, 1)]


@pytest.mark.parametrize("register", [Handlers().projection, Handlers().reaction])
def test_a_handler_for_a_type_that_nobody_promises_cannot_be_registered(
    register: Callable[..., Callable[[object], object]],
) -> None:
    with pytest.raises(LookupError, match=r"patient\.moved"):
        register("patient.updated", "patient.moved")(lambda *_: None)
