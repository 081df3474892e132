"""Reaction: a therapist was blocked, opted out or is gone; nobody waits for an answer."""

from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.consumers.handlers import HANDLERS
from matching_service.use_cases.inquiries import give_up_inquiries_to
from matching_service.use_cases.placement_requests import give_up_requests_to
from matching_service.wiring import Wiring
from shared.events.envelope import Event


@HANDLERS.reaction("therapist.blocked", "therapist.deleted", alone=True)
def give_up(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    reason = event.type.replace(".", "_")
    give_up_requests_to(session, event.data["therapist_id"], reason, now)
    give_up_inquiries_to(session, event.data["therapist_id"], reason, now)
