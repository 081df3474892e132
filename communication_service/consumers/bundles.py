"""Letters to a practice follow its inquiry. Only `bundle.sent` lets the inquiry itself go out."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.consumers.handlers import HANDLERS
from communication_service.domain.purposes import Purpose
from communication_service.use_cases.answer_letters import (
    follow_answer,
    gather_answered,
    withdraw_inquiry,
    write_conflict_notice,
)
from communication_service.use_cases.call_follow_ups import call_at_once, is_called_only
from communication_service.use_cases.inquiry_mail import (
    release_mail,
    withdraw_unsent,
    write_draft,
)
from communication_service.use_cases.practice_letters import GatheredLetter, gather_letter
from communication_service.wiring import Wiring
from shared.events.envelope import Event


@HANDLERS.reaction("bundle.created")
def draft(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    """Comes again for a draft that was edited."""
    gathered = _gather(Purpose.INQUIRY, event.data["bundle_id"], wiring, now)
    if gathered is not None:
        write_draft(session, gathered, wiring.letterhead, now)


@HANDLERS.reaction("bundle.sent")
def release(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    """An inquiry with nobody left in it is closed by matching, which says so next."""
    gathered = _gather(Purpose.INQUIRY, event.data["bundle_id"], wiring, now)
    if gathered is None:
        return
    if is_called_only(session, gathered):
        withdraw_unsent(session, gathered.bundle_id)
        call_at_once(session, gathered, wiring.call_desk, now)
    else:
        release_mail(session, gathered, wiring.letterhead, now)


@HANDLERS.reaction("bundle.responded")
def answer(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    """Comes again for a correction, and when a conflict was settled."""
    bundle_id = event.data["bundle_id"]
    answered = gather_answered(bundle_id, wiring.matching, wiring.people, now)
    withdraw_unsent(session, bundle_id)
    follow_answer(session, answered, wiring.letterhead, wiring.confirmation_delay, now)


@HANDLERS.reaction("bundle.cancelled", "bundle.closed")
def withdraw(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    bundle_id = event.data["bundle_id"]
    gathered = _gather(Purpose.WITHDRAWAL_NOTICE, bundle_id, wiring, now)
    withdraw_unsent(session, bundle_id)
    if gathered is not None:
        due = now + wiring.confirmation_delay
        withdraw_inquiry(session, gathered, wiring.letterhead, due, now)


@HANDLERS.reaction("conflict.detected")
def write_of_conflict(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    gathered = _gather(Purpose.CONFLICT_NOTICE, event.data["loser_bundle_id"], wiring, now)
    if gathered is not None:
        write_conflict_notice(session, gathered, wiring.letterhead, now)


def _gather(
    purpose: Purpose, bundle_id: int, wiring: Wiring, now: datetime
) -> GatheredLetter | None:
    return gather_letter(purpose, bundle_id, wiring.matching, wiring.people, now)
