"""Incoming events: effects exactly once, in order per key, and a failing event harms only its key.

One transaction per batch: inbox marks and effects commit together, then the transport is told.
When the batch fails, its events are tried one by one; the one that fails is parked, and later
events of its key queue up behind it. A lost database or network is nobody's failure: the batch
comes again. A parked event that meets an outage waits on, and costs no other key its turn.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from shared.db import Database, inbox, is_outage, parked
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from shared.events.transport import Transport, TransportLost
from shared.http.service_client import ServiceUnavailable

BATCH = 200
_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(hours=1)
_LONGEST_ERROR = 500

log = structlog.get_logger()


class Consumer:
    """Handles the events of one service."""

    def __init__(
        self, database: Database, transport: Transport, handlers: Handlers, wiring: Any
    ) -> None:
        self._database = database
        self._transport = transport
        self._handlers = handlers
        self._wiring = wiring

    def run_once(self, wait_seconds: float = 0.0) -> int:
        """Handles one batch and returns its size. Raises what an outage raises."""
        batch = self._transport.poll(BATCH, wait_seconds)
        known = [event for event in batch if event.type in self._handlers.types]
        if known:
            self._handle_batch(known)
        self._transport.ack()
        return len(batch)

    def retry_parked(self) -> int:
        """Tries the head of every parked key that is due; returns how many events healed."""
        healed = 0
        while (did_heal := self._retry_one()) is not None:
            healed += did_heal
        return healed

    def _handle_batch(self, batch: Sequence[Event]) -> None:
        try:
            with self._database.transaction() as session:
                self._handle(session, self._not_behind_parked(session, batch))
        except Exception as error:
            if is_transient(error):
                raise
            self._handle_one_by_one(batch)

    def _handle_one_by_one(self, batch: Sequence[Event]) -> None:
        with self._database.transaction() as session:
            for event in batch:
                if not self._not_behind_parked(session, [event]):
                    continue
                try:
                    with session.begin_nested():
                        self._handle(session, [event])
                except Exception as error:
                    if is_transient(error):
                        raise
                    _park(session, event, error)

    def _handle(self, session: Session, events: Sequence[Event]) -> None:
        now = datetime.now(UTC)
        for projection, types in _grouped(self._handlers):
            mine = [event for event in events if event.type in types]
            if mine:
                projection(session, mine, self._wiring, now)
        for event in _first_time(session, [e for e in events if self._reacts_to(e)]):
            for reaction in self._handlers.reactions[event.type]:
                reaction(session, event, self._wiring, now)

    def _reacts_to(self, event: Event) -> bool:
        return event.type in self._handlers.reactions

    def _not_behind_parked(self, session: Session, batch: Sequence[Event]) -> list[Event]:
        """Parks what must wait behind a parked event of its key and returns the rest."""
        rows = session.execute(select(parked.c.topic, parked.c.key).distinct())
        waiting = {(topic, key) for topic, key in rows}
        for event in batch:
            if (event.topic, event.key) in waiting:
                _park(session, event, None)
        return [event for event in batch if (event.topic, event.key) not in waiting]

    def _retry_one(self) -> bool | None:
        """Whether the next due head healed; None when nothing is due."""
        with self._database.transaction() as session:
            row = session.execute(_due_head()).one_or_none()
            if row is None:
                return None
            try:
                with session.begin_nested():
                    self._handle(session, [Event.from_body(row.topic, row.body)])
            except Exception as error:
                if _is_disconnected(error):
                    raise
                _postpone(session, row, error)
                return False
            session.execute(parked.delete().where(parked.c.id == row.id))
            return True


def is_transient(error: Exception) -> bool:
    """True for outages: the same event may succeed later without anybody's help."""
    if isinstance(error, TransportLost | ServiceUnavailable | PoolTimeout):
        return True
    return isinstance(error, DBAPIError) and is_outage(error)


def _is_disconnected(error: Exception) -> bool:
    """Nothing can be written down on this connection any more."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _grouped(handlers: Handlers) -> list[tuple[Any, set[str]]]:
    grouped: dict[Any, set[str]] = {}
    for event_type, functions in handlers.projections.items():
        for function in functions:
            grouped.setdefault(function, set()).add(event_type)
    return list(grouped.items())


def _first_time(session: Session, events: Sequence[Event]) -> list[Event]:
    if not events:
        return []
    marked = session.scalars(
        insert(inbox)
        .values([{"event_id": e.id, "handled_at": func.clock_timestamp()} for e in events])
        .on_conflict_do_nothing()
        .returning(inbox.c.event_id)
    )
    new = set(marked)
    return [event for event in events if event.id in new]


def _park(session: Session, event: Event, error: Exception | None) -> None:
    if error is not None:
        log.error("event_parked", event_id=str(event.id), type=event.type, exc_info=error)
    session.execute(
        insert(parked)
        .values(
            topic=event.topic,
            key=event.key,
            event_id=event.id,
            body=event.to_body(),
            error=_reason(error),
            attempts=0 if error is None else 1,
            next_attempt_at=func.clock_timestamp() + _FIRST_RETRY,
            parked_at=func.clock_timestamp(),
        )
        .on_conflict_do_nothing()
    )


def _postpone(session: Session, row: Any, error: Exception) -> None:
    """An outage costs time but no attempt."""
    wait = min(_FIRST_RETRY * 2 ** min(row.attempts, 20), _LONGEST_RETRY)
    session.execute(
        parked.update()
        .where(parked.c.id == row.id)
        .values(
            attempts=row.attempts + (0 if is_transient(error) else 1),
            error=_reason(error),
            next_attempt_at=func.clock_timestamp() + wait,
        )
    )


def _reason(error: Exception | None) -> str | None:
    """The kind of failure only: messages may quote what a person typed."""
    return None if error is None else type(error).__name__[:_LONGEST_ERROR]


def _due_head() -> Any:
    earlier = parked.alias()
    return (
        select(parked)
        .where(
            parked.c.next_attempt_at <= func.clock_timestamp(),
            ~exists().where(
                earlier.c.topic == parked.c.topic,
                earlier.c.key == parked.c.key,
                earlier.c.id < parked.c.id,
            ),
        )
        .order_by(parked.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
