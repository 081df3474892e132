"""Paused searches resume at 00:00 in Berlin on their resume date."""

from datetime import datetime

from sqlalchemy import select

from matching_service.domain.errors import IllegalTransition
from matching_service.domain.lifecycle import SearchStatus
from matching_service.storage.tables import Platzsuche
from matching_service.use_cases.search_history import SYSTEM
from matching_service.use_cases.search_moves import Move, move_search
from matching_service.wiring import Wiring
from shared.contracts.berlin import berlin_day
from shared.db import Database


def resume_searches(database: Database, _wiring: Wiring, now: datetime) -> int:
    """Resumes one search; returns how many it resumed (0 or 1)."""
    with database.transaction() as session:
        due = session.scalar(
            select(Platzsuche.id)
            .where(Platzsuche.status == "paused", Platzsuche.resume_date <= berlin_day(now))
            .order_by(Platzsuche.resume_date, Platzsuche.id)
            .limit(1)
        )
        if due is None:
            return 0
        move = Move(SearchStatus.ACTIVE, reason="resume_date")
        try:
            move_search(session, due, move, actor=SYSTEM, now=now)
        except IllegalTransition:
            return 0
        return 1
