"""What geocoder and router have said goes when it has expired, bit by bit."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geocoding_service.storage.tables import Answered, Geocode, RouteRow
from shared.db import Database

LARGEST_BIT = 5000


def forget_lookups(database: Database, _wiring: Any, now: datetime) -> int:
    """Deletes at most LARGEST_BIT rows of each kind; returns how many went."""
    with database.transaction() as session:
        return _forget(session, Geocode, now) + _forget(session, RouteRow, now)


def _forget(session: Session, table: type[Answered], now: datetime) -> int:
    expired = (
        select(table.question)
        .where(table.expires_at <= now)
        .order_by(table.expires_at)
        .limit(LARGEST_BIT)
        .with_for_update(skip_locked=True)
    )
    gone = delete(table).where(table.question.in_(expired)).returning(table.question)
    return len(session.execute(gone).all())
