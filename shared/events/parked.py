"""Events that could not be handled: the first of a key failed, the others wait behind it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Select, exists, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from shared.db import discarded, parked
from shared.events.envelope import Event

_FIRST_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(hours=1)
_LONGEST_ERROR = 500

log = structlog.get_logger()


def waiting_keys(session: Session, events: Sequence[Event]) -> set[tuple[str, str]]:
    """Topic and key of those among the events whose key is parked."""
    rows = session.execute(
        select(parked.c.topic, parked.c.key)
        .where(
            parked.c.topic.in_({event.topic for event in events}),
            parked.c.key.in_({event.key for event in events}),
        )
        .distinct()
    )
    return {(topic, key) for topic, key in rows}


def park(session: Session, event: Event, error: Exception) -> None:
    log.error("event_parked", event_id=str(event.id), type=event.type, exc_info=error)
    _add(session, [event], error=_reason(error), attempts=1)


def queue_up(session: Session, events: Sequence[Event]) -> None:
    """Puts events behind the parked ones of their keys."""
    _add(session, events, error=None, attempts=0)


def due_head() -> Select[Any]:
    """The first event of a key whose time has come; locked, whoever locks one leaves it out."""
    return (
        select(parked)
        .where(parked.c.next_attempt_at <= func.clock_timestamp(), is_head())
        .order_by(parked.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def is_head() -> Any:
    earlier = parked.alias()
    return ~exists().where(
        earlier.c.topic == parked.c.topic,
        earlier.c.key == parked.c.key,
        earlier.c.id < parked.c.id,
    )


def postpone(session: Session, row: Any, error: Exception, *, outage: bool) -> None:
    """An outage costs time but no attempt."""
    wait = min(_FIRST_RETRY * 2 ** min(row.attempts, 20), _LONGEST_RETRY)
    session.execute(
        parked.update()
        .where(parked.c.id == row.id)
        .values(
            attempts=row.attempts + (0 if outage else 1),
            error=_reason(error),
            next_attempt_at=func.clock_timestamp() + wait,
        )
    )


def _add(session: Session, events: Sequence[Event], *, error: str | None, attempts: int) -> None:
    if not events:
        return
    session.execute(
        postgresql.insert(parked)
        .values(
            next_attempt_at=func.clock_timestamp() + _FIRST_RETRY,
            parked_at=func.clock_timestamp(),
        )
        .on_conflict_do_nothing(),
        [
            {
                "topic": event.topic,
                "key": event.key,
                "event_id": event.id,
                "body": event.to_body(),
                "error": error,
                "attempts": attempts,
            }
            for event in events
        ],
    )
    _leave_out_given_up(session, events)


def given_up(session: Session, events: Sequence[Event]) -> set[UUID]:
    """Ids of those among the events that an admin has discarded."""
    ids = [event.id for event in events]
    return set(session.scalars(select(discarded.c.event_id).where(discarded.c.event_id.in_(ids))))


def _leave_out_given_up(session: Session, events: Sequence[Event]) -> None:
    """What an admin has discarded does not come back, although it may be read again.

    Asked afterwards: the insertion has waited for whoever was just giving up on the same event.
    """
    session.execute(parked.delete().where(parked.c.event_id.in_(given_up(session, events))))


def _reason(error: Exception) -> str:
    """The kind of failure only: messages may quote what a person typed."""
    return type(error).__name__[:_LONGEST_ERROR]
