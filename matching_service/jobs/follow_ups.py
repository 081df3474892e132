"""Acceptances that lead nowhere become tasks; tasks whose reason is gone close."""

from datetime import datetime

from matching_service.use_cases.task_list import close_settled, open_follow_ups
from matching_service.wiring import Wiring
from shared.db import Database


def follow_up_acceptances(database: Database, wiring: Wiring, now: datetime) -> int:
    with database.transaction() as session:
        return open_follow_ups(session, wiring.follow_ups, now)


def close_settled_tasks(database: Database, _wiring: Wiring, now: datetime) -> int:
    with database.transaction() as session:
        return close_settled(session, now)
