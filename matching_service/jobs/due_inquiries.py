"""Sendings whose recall time is over, drafts that nobody sent, inquiries that nobody answered."""

from datetime import datetime

from matching_service.use_cases.inquiries import close_unanswered, expire_draft
from matching_service.use_cases.sending import let_due_inquiries_go
from matching_service.wiring import Wiring
from shared.db import Database


def let_inquiries_go(database: Database, wiring: Wiring, now: datetime) -> int:
    with database.transaction() as session:
        return let_due_inquiries_go(session, wiring.rules, now)


def expire_drafts(database: Database, _wiring: Wiring, now: datetime) -> int:
    with database.transaction() as session:
        return expire_draft(session, now)


def close_silent_inquiries(database: Database, wiring: Wiring, now: datetime) -> int:
    with database.transaction() as session:
        return close_unanswered(session, wiring.no_response_days, now)
