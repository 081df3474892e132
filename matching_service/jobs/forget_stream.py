"""What pages were told goes after a day, tickets when they have expired, bit by bit."""

from datetime import datetime

from matching_service.domain.stream_news import KEPT_FOR
from matching_service.storage.stream import forget_events, forget_tickets
from matching_service.wiring import Wiring
from shared.db import Database


def forget_stream(database: Database, _wiring: Wiring, now: datetime) -> int:
    with database.transaction() as session:
        return forget_events(session, now - KEPT_FOR) + forget_tickets(session)
