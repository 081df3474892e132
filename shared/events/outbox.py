"""Outgoing events: written with the rows they tell of, carried out by one relay per service."""

import select as sockets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, connection
from psycopg2.extras import RealDictCursor
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from shared.contracts import event_types
from shared.db import outbox
from shared.events.envelope import Event
from shared.events.transport import Transport, TransportLost
from shared.observability.tracing import current_traceparent

_BATCH = 500


@dataclass(frozen=True)
class News:
    """What an event of this type tells of the aggregate that `key` names."""

    event_type: str
    key: object
    data: Mapping[str, Any]


def publish(
    session: Session,
    source: str,
    event_type: str,
    key: object,
    data: Mapping[str, Any],
    now: datetime,
) -> None:
    """Adds an event to this transaction.

    The caller holds the row lock of the aggregate that `key` names: that lock makes the order
    of outbox ids the order of commits. Raises UnpromisedEvent.
    """
    publish_all(session, source, [News(event_type, key, data)], now)


def publish_all(session: Session, source: str, news: Sequence[News], now: datetime) -> None:
    """The same for many: their order in the outbox is the order in which they stand here."""
    if news:
        events = [_event(source, one, now) for one in news]
        session.execute(insert(outbox), [_row(event) for event in events])


def _event(source: str, news: News, now: datetime) -> Event:
    body = event_types.dump(news.event_type, dict(news.data))
    promised = event_types.EVENT_TYPES[news.event_type]
    if str(body.get(promised.key) or news.key) != str(news.key):
        raise event_types.UnpromisedEvent(f"{news.event_type}: its key is not its {promised.key}")
    return Event(
        id=uuid4(),
        type=news.event_type,
        topic=promised.topic,
        key=str(news.key),
        source=f"/{source}",
        time=now,
        data=body,
        traceparent=current_traceparent(),
    )


def _row(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.id,
        "topic": event.topic,
        "key": event.key,
        "body": event.to_body(),
    }


def waiting(session: Session) -> int:
    """How many events have not been carried out yet."""
    return session.scalar(select(func.count()).select_from(outbox)) or 0


class Relay:
    """Carries the outbox to the transport, oldest first.

    One per service at a time: a second one waits for the session lock, because two of them
    would break the order per key.
    """

    def __init__(self, url: str, transport: Transport) -> None:
        self._dsn = url.replace("postgresql+psycopg2://", "postgresql://", 1)
        self._transport = transport
        self._connection: connection | None = None

    def run_once(self, wait_seconds: float = 0.0) -> int:
        """Moves what waits, after waiting for news at most so long. Raises TransportLost."""
        try:
            leader = self._lead()
            if leader is None:
                time.sleep(wait_seconds)
                return 0
            moved = self._move(leader)
            if not moved and wait_seconds and self._rung(leader, wait_seconds):
                moved = self._move(leader)
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            self.close()
            raise TransportLost(type(error).__name__) from error
        return moved

    def close(self) -> None:
        if self._connection is not None and not self._connection.closed:
            self._connection.close()
        self._connection = None

    def _lead(self) -> connection | None:
        if self._connection is None or self._connection.closed:
            opened = psycopg2.connect(self._dsn, connect_timeout=5, application_name="relay")
            opened.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            if not _locked(opened):
                opened.close()
                return None
            self._connection = opened
        return self._connection

    def _move(self, leader: connection) -> int:
        with leader.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute("SELECT id, topic, body FROM outbox ORDER BY id LIMIT %s", (_BATCH,))
            rows = cursor.fetchall()
            if rows:
                self._transport.append([Event.from_body(r["topic"], r["body"]) for r in rows])
                cursor.execute("DELETE FROM outbox WHERE id = ANY(%s)", ([r["id"] for r in rows],))
        return len(rows)

    @staticmethod
    def _rung(leader: connection, wait_seconds: float) -> bool:
        # News may have come along with the answer to the last look.
        if not leader.notifies and not sockets.select([leader], [], [], wait_seconds)[0]:
            return False
        leader.poll()
        leader.notifies.clear()
        return True


def _locked(opened: connection) -> bool:
    with opened.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone() or ("",)
        cursor.execute(
            "SELECT pg_try_advisory_lock(hashtextextended('relay:' || %s, 0))", (schema,)
        )
        (locked,) = cursor.fetchone() or (False,)
        cursor.execute(f'LISTEN "outbox_{schema}"')
    return bool(locked)
