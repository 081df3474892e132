"""Incoming events: effects exactly once, in order per key, and a failing event harms only its key.

Inbox marks and effects commit together, TOGETHER events in a transaction, then the transport is
told. A transaction that fails is tried again in halves, down to the one event that fails alone;
that one is parked, and later events of its key queue up behind it. So one bad event costs its
neighbours some fifteen transactions, once. The same way out is taken when a lock or the time of a
statement runs out: smaller transactions hold fewer locks. A single event that gives way to
somebody else's transaction begins anew, and one that never gets through is parked.

A lost database or network is nobody's failure: the events come again. A parked event that meets
an outage waits on, and costs no other key its turn.

Reactions that lock several rows are handled one by one, where they say so (`alone`).

Why TOGETHER: locks are held until the commit, and a worker that is told to stop does so between
two transactions. Fifty are as fast as a whole batch, 0.4 ms an event; one by one it is 3 ms.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from shared.db import Database, inbox, is_contention, is_outage, is_undone, parked
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from shared.events.metrics import HANDLED, SECONDS_TO_EFFECT
from shared.events.parked import due_head, park, postpone, queue_up, waiting_keys
from shared.events.transport import Transport, TransportLost
from shared.http.service_client import ServiceUnavailable

BATCH = 200
TOGETHER = 50
_UNDONE_AT_MOST = 2
# What is checked at the commit would fail where nobody can postpone the event any more.
_AS_IF_AT_COMMIT = text("SET CONSTRAINTS ALL IMMEDIATE")


class Consumer:
    """Handles the events of one service. Ends its batch early when `stopping` says so."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        handlers: Handlers,
        wiring: Any,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._transport = transport
        self._handlers = handlers
        self._wiring = wiring
        self._stopping = stopping

    def run_once(self, wait_seconds: float = 0.0) -> int:
        """Handles one batch and returns its size. Raises what an outage raises."""
        batch = self._transport.poll(BATCH, wait_seconds)
        known = [event for event in batch if event.type in self._handlers.types]
        done = 0
        for together in self._transactions(known):
            if self._stopping():
                return done  # the batch comes again, and the inbox knows what is done
            in_halves(together, self._despite_contention, self._park)
            done += len(together)
        self._transport.ack()
        return len(batch)

    def retry_parked(self) -> int:
        """Tries the head of every parked key that is due; returns how many events healed."""
        healed = 0
        while not self._stopping() and (did_heal := self._retry_one()) is not None:
            healed += did_heal
        return healed

    def _transactions(self, events: Sequence[Event]) -> Iterator[Sequence[Event]]:
        """In their order, as many together as may hold their locks together."""
        alone = self._handlers.alone
        for is_apart, group in groupby(events, lambda event: event.type in alone):
            some, size = list(group), 1 if is_apart else TOGETHER
            for start in range(0, len(some), size):
                yield some[start : start + size]

    def _despite_contention(self, events: Sequence[Event]) -> None:
        """One alone has nobody to be parted from: it gets a few more chances."""
        for _ in range(_UNDONE_AT_MOST if len(events) == 1 else 0):
            try:
                self._handle_or_queue(events)
            except Exception as error:
                if not is_undone(error):
                    raise
            else:
                return
        self._handle_or_queue(events)

    def _handle_or_queue(self, events: Sequence[Event]) -> None:
        with self._database.transaction() as session:
            waiting = waiting_keys(session, events)
            free = [event for event in events if (event.topic, event.key) not in waiting]
            queueing = [event for event in events if (event.topic, event.key) in waiting]
            queue_up(session, queueing)
            self._handle(session, free)
        _measure(free, "done")
        _measure(queueing, "queued")

    def _park(self, event: Event, error: Exception) -> None:
        with self._database.transaction() as session:
            park(session, event, error)
        _measure([event], "parked")

    def _handle(self, session: Session, events: Sequence[Event]) -> None:
        now = datetime.now(UTC)
        self._handlers.project(session, events, self._wiring, now)
        for event in _first_time(session, [e for e in events if self._reacts_to(e)]):
            self._handlers.react(session, event, self._wiring, now)

    def _reacts_to(self, event: Event) -> bool:
        return event.type in self._handlers.reactions

    def _retry_one(self) -> bool | None:
        """Whether the next due head healed; None when nothing is due."""
        with self._database.transaction() as session:
            row = session.execute(due_head()).one_or_none()
            if row is None:
                return None
            event = Event.from_body(row.topic, row.body)
            try:
                with session.begin_nested():
                    self._handle(session, [event])
                    session.execute(_AS_IF_AT_COMMIT)
            except Exception as error:
                if _is_disconnected(error):
                    raise
                postpone(session, row, error, outage=_is_outage(error))
                return False
            session.execute(parked.delete().where(parked.c.id == row.id))
        _measure([event], "healed")
        return True


def in_halves(
    events: Sequence[Event],
    handle: Callable[[Sequence[Event]], object],
    alone: Callable[[Event, Exception], object],
) -> None:
    """Handles them together while that goes well, and tells `alone` which one fails by itself."""
    try:
        handle(events)
    except Exception as error:
        if _is_outage(error):
            raise
        if len(events) > 1:
            middle = len(events) // 2
            in_halves(events[:middle], handle, alone)
            in_halves(events[middle:], handle, alone)
        else:
            alone(events[0], error)


def is_transient(error: Exception) -> bool:
    """True for outages and contention: the same work may succeed later without anybody's help."""
    if isinstance(error, TransportLost | ServiceUnavailable | PoolTimeout):
        return True
    return isinstance(error, DBAPIError) and is_outage(error)


def _is_outage(error: Exception) -> bool:
    """Nothing can be handled for now, whichever event it is."""
    return is_transient(error) and not is_contention(error)


def _is_disconnected(error: Exception) -> bool:
    """Nothing can be written down on this connection any more."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _first_time(session: Session, events: Sequence[Event]) -> list[Event]:
    if not events:
        return []
    marked = session.scalars(
        insert(inbox)
        .values(handled_at=func.clock_timestamp())
        .on_conflict_do_nothing()
        .returning(inbox.c.event_id),
        [{"event_id": event.id} for event in events],
    )
    # A carrier may bring an event twice in one batch: once it is, at its first place.
    once = {event.id: event for event in events}
    new = set(marked)
    return [event for id_, event in once.items() if id_ in new]


def _measure(events: Sequence[Event], outcome: str) -> None:
    """After the commit. A poisoned clock elsewhere makes no negative delay here."""
    now = datetime.now(UTC)
    for event in events:
        HANDLED.labels(event.type, outcome).inc()
        if outcome == "done":
            SECONDS_TO_EFFECT.labels(event.topic).observe(max(0.0, _seconds(now, event)))


def _seconds(now: datetime, event: Event) -> float:
    return (now - event.time).total_seconds()
