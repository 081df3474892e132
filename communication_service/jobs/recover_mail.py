"""Mails whose sender died get their next attempt, or are unknown for good."""

from datetime import datetime

from communication_service.use_cases import settle_mail
from communication_service.wiring import Wiring
from shared.db import Database


def recover_mail(database: Database, _wiring: Wiring, now: datetime) -> int:
    with database.transaction() as session:
        return int(settle_mail.recover_mail(session, now))
