"""Inquiries that nobody has answered for a week are brought to mind once, by mail."""

from datetime import datetime

import structlog

from communication_service.domain.purposes import Purpose
from communication_service.storage import queries
from communication_service.use_cases.inquiry_mail import release_mail
from communication_service.use_cases.practice_letters import gather_letter
from communication_service.wiring import Wiring
from shared.db import Database
from shared.http.service_client import ServiceRefused

log = structlog.get_logger()


def remind(database: Database, wiring: Wiring, now: datetime) -> int:
    """Queues what is due and returns how many there were; whether it may go is matching's say.

    Whoever is called by now is not reminded any more.
    """
    with database.transaction() as session:
        first = now - wiring.call_desk.rules.after
        silent = queries.unreminded_inquiries(session, first, now - wiring.reminded_after)
    for bundle_id in silent:
        try:
            gathered = gather_letter(
                Purpose.REMINDER, bundle_id, wiring.matching, wiring.people, now
            )
        except ServiceRefused as refusal:
            log.warning("not_reminded", bundle_id=bundle_id, reason=refusal.slug)
            continue
        if gathered is not None:
            with database.transaction() as session:
                release_mail(session, gathered, wiring.letterhead, now)
    return len(silent)
