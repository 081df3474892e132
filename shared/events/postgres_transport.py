"""The embedded transport: a numbered log per topic in the database's `events` schema.

The head row of a topic is locked while its events get their numbers, so numbers become visible
in their own order and a cursor can never step over a late commit. The cursor rows of a consumer
are locked from poll to ack, so a second worker of the same service waits its turn.
The consumer is the database role itself; its other groups have cursors of their own.
"""

import json
import select
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, connection

from shared.events.envelope import Event
from shared.events.transport import TransportLost

# As long as Kafka lets a reader alone; a role's other transactions must not be idle for a minute.
_LONGEST_BATCH = "SET idle_in_transaction_session_timeout = '5min'"


class PostgresTransport:
    """`url` is a SQLAlchemy URL of the service's own role."""

    def __init__(self, url: str, topics: Sequence[str] = (), group: str = "") -> None:
        self._dsn = url.replace("postgresql+psycopg2://", "postgresql://", 1)
        self._topics = sorted(topics)
        self._group = group
        self._writer: connection | None = None
        self._reader: connection | None = None
        self._bell: connection | None = None
        self._polled: dict[str, int] = {}

    def append(self, events: Sequence[Event]) -> None:
        once = {e.id: {"topic": e.topic, "key": e.key, "body": e.to_body()} for e in events}
        with self._lost_is_an_outage():
            self._writer = self._alive(self._writer)
            with self._writer, self._writer.cursor() as cursor:
                cursor.execute(
                    "SELECT events.append(%s::jsonb)", (json.dumps(list(once.values())),)
                )

    def poll(self, at_most: int, wait_seconds: float) -> list[Event]:
        with self._lost_is_an_outage():
            self._listen()
            events = self._read(at_most)
            if not events and self._rung(wait_seconds):
                events = self._read(at_most)
            return events

    def ack(self) -> None:
        if not self._polled or self._reader is None:
            return
        with self._lost_is_an_outage(), self._reader as reader, reader.cursor() as cursor:
            cursor.execute(
                "SELECT events.ack(%s::jsonb, %s)", (json.dumps(self._polled), self._group)
            )
            self._polled = {}

    def rewind(self, topics: Iterable[str]) -> None:
        with self._lost_is_an_outage():
            self._give_up_batch()
            self._writer = self._alive(self._writer)
            with self._writer, self._writer.cursor() as cursor:
                cursor.execute("SELECT events.rewind(%s, %s)", (sorted(topics), self._group))

    def lag(self) -> int:
        with self._lost_is_an_outage():
            self._writer = self._alive(self._writer)
            with self._writer, self._writer.cursor() as cursor:
                cursor.execute("SELECT events.lag(%s, %s)", (self._topics, self._group))
                (behind,) = cursor.fetchone() or (0,)
                return int(behind)

    def close(self) -> None:
        for opened in (self._writer, self._reader, self._bell):
            if opened is not None:
                opened.close()
        self._writer = self._reader = self._bell = None

    def _read(self, at_most: int) -> list[Event]:
        self._give_up_batch()
        if self._reader is None or self._reader.closed:
            self._reader = self._connect()
            self._make_cursors(self._reader)
        with self._reader.cursor() as cursor:
            cursor.execute(
                "SELECT topic, position, body FROM events.poll(%s, %s, %s)",
                (self._topics, at_most, self._group),
            )
            rows = cursor.fetchall()
        if not rows:
            self._reader.rollback()
        for topic, position, _ in rows:
            self._polled[topic] = position
        return [Event.from_body(topic, body) for topic, _, body in rows]

    def _give_up_batch(self) -> None:
        """Unlocks the cursors; what was polled and not acknowledged comes again."""
        self._polled = {}
        if self._reader is not None and not self._reader.closed:
            self._reader.rollback()

    def _make_cursors(self, reader: connection) -> None:
        """Commits a new consumer's cursors before they are locked: while they are only one
        member's insertion, a second member could not skip them and would wait."""
        with reader, reader.cursor() as cursor:
            cursor.execute(_LONGEST_BATCH)
            cursor.execute("SELECT FROM events.poll(%s, 0, %s)", (self._topics, self._group))

    def _listen(self) -> None:
        """From before the first look, so that no news falls between look and wait."""
        if self._bell is not None and not self._bell.closed:
            return
        self._bell = self._connect()
        self._bell.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with self._bell.cursor() as cursor:
            for topic in self._topics:
                cursor.execute(f'LISTEN "events_{topic}"')

    def _rung(self, wait_seconds: float) -> bool:
        bell = self._bell
        if bell is None or not select.select([bell], [], [], wait_seconds)[0]:
            return False
        bell.poll()
        bell.notifies.clear()
        return True

    def _alive(self, opened: connection | None) -> connection:
        return opened if opened is not None and not opened.closed else self._connect()

    def _connect(self) -> connection:
        return psycopg2.connect(self._dsn, connect_timeout=5, application_name="events")

    @contextmanager
    def _lost_is_an_outage(self) -> Iterator[None]:
        try:
            yield
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            self._close_quietly()
            raise TransportLost(type(error).__name__) from error

    def _close_quietly(self) -> None:
        for opened in (self._writer, self._reader, self._bell):
            self._close_one(opened)
        self._writer = self._reader = self._bell = None

    @staticmethod
    def _close_one(opened: Any) -> None:
        if opened is not None and not opened.closed:
            opened.close()
