"""Plans go when nobody can ask for them any more; those of previews tell why somebody fits."""

from datetime import datetime

from matching_service.use_cases.stored_plans import forget_plans as forget
from matching_service.wiring import Wiring
from shared.db import Database


def forget_plans(database: Database, _wiring: Wiring, now: datetime) -> int:
    with database.transaction() as session:
        return forget(session, now)
