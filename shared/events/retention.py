"""What handled events and repeated requests leave behind is forgotten in time, bit by bit."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, exists, func, select, tuple_
from sqlalchemy.orm import Session

from shared.db import Database, idempotency_key, inbox, parked
from shared.http import idempotency

LARGEST_BIT = 5000
# Longer than events can come again: the log keeps them for 14 days.
INBOX_KEPT_FOR = timedelta(days=30)
# It has come again behind a parked one: tried in turn, and not to take effect anew.
_WAITS = exists().where(parked.c.event_id == inbox.c.event_id)


def forget_old_rows(database: Database, _wiring: Any, now: datetime) -> int:
    """Deletes at most LARGEST_BIT rows of each kind; returns how many went."""
    with database.transaction() as session:
        return (
            _forget_log(session)
            + _forget(session, inbox, inbox.c.handled_at, now - INBOX_KEPT_FOR, ~_WAITS)
            + _forget(
                session,
                idempotency_key,
                idempotency_key.c.created_at,
                now - idempotency.KEPT_FOR,
            )
        )


def _forget_log(session: Session) -> int:
    """The log belongs to all services, and its owner says what is old."""
    return int(session.scalar(select(func.events.forget(LARGEST_BIT))) or 0)


def _forget(
    session: Session, table: Table, moment: "Column[Any]", before: datetime, *conditions: Any
) -> int:
    key = tuple(table.primary_key)
    old = (
        select(*key)
        .where(moment < before, *conditions)
        .order_by(moment)
        .limit(LARGEST_BIT)
        .with_for_update(skip_locked=True)
    )
    return len(session.execute(table.delete().where(tuple_(*key).in_(old)).returning(*key)).all())
