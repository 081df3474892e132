"""A consumer that tests can look into: what it was given, what it did, what it parked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.events.consumer import Consumer
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from shared.events.postgres_transport import PostgresTransport

TOPIC = "patient-events"
EFFECT = "CREATE TABLE effect (place int GENERATED ALWAYS AS IDENTITY, key text, version int)"


@dataclass
class Ward:
    """What the handlers of these tests are given: the keys to fail on and how, what else to do."""

    broken: set[str] = field(default_factory=set)
    batches: list[list[str]] = field(default_factory=list)
    failure: Exception | None = None
    before_effect: Callable[[Session], object] = lambda _: None


REACTING, PROJECTING = Handlers(), Handlers()
ALONE = Handlers()


@ALONE.reaction("patient.updated", alone=True)
@REACTING.reaction("patient.updated")
def note(session: Session, event: Event, ward: Ward, _now: datetime) -> None:
    ward.before_effect(session)
    noting = text("INSERT INTO effect (key, version) VALUES (:key, :version)")
    session.execute(noting, {"key": event.key, "version": event.data["version"]})
    if event.key in ward.broken:
        raise ward.failure or ValueError(f"{event.key} heißt Musterfrau")


@PROJECTING.projection("patient.created", "patient.updated")
def copy(session: Session, events: Sequence[Event], ward: Ward, _now: datetime) -> None:
    ward.batches.append([event.key for event in events])
    for event in events:
        if event.key in ward.broken:
            raise ward.failure or ValueError


class Inbox:
    """One consumer of the matching service, with its transport and its ward."""

    def __init__(self, ends: Any, handlers: Handlers) -> None:
        self._ends = ends
        self._producer = PostgresTransport(ends.teller_url)
        self.transport = PostgresTransport(ends.listener_url, [TOPIC])
        self.ward = Ward()
        self._stopping: Callable[[], bool] = lambda: False
        self.consumer = Consumer(
            ends.listener, self.transport, handlers, self.ward, lambda: self._stopping()
        )

    def receive(self, *events: Event, stopping: Callable[[], bool] = lambda: False) -> int:
        """Appends the events and runs one batch. Returns how many of it were handled."""
        self._stopping = stopping
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


def event(key: str, version: int = 1, kind: str = "patient.updated") -> Event:
    return Event(
        id=uuid4(),
        type=kind,
        topic=TOPIC,
        key=key,
        source="/patient_service",
        time=datetime(2026, 11, 23, 8, 15, tzinfo=UTC),
        data={"patient_id": 1, "version": version},
    )
