"""The kept numbers of the business are brought up to date."""

from datetime import datetime

from matching_service.storage.analytics import refresh
from matching_service.wiring import Wiring
from shared.db import Database


def refresh_analytics(database: Database, _wiring: Wiring, now: datetime) -> int:
    """Never two rounds at once: what a round has taken decides when the next is due."""
    with database.transaction() as session:
        refresh(session, now)
    return 0
