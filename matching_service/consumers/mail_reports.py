"""Reactions: what became of a mail, and what came back."""

from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.consumers.handlers import HANDLERS
from matching_service.use_cases import letter_tasks, sending
from matching_service.use_cases.mail_answers import cool_after_mail
from matching_service.wiring import Wiring
from shared.events.envelope import Event

_INQUIRY = "inquiry"


@HANDLERS.reaction("communication.email_sent", alone=True)
def mail_sent(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    if event.data["purpose"] == _INQUIRY:
        at = datetime.fromisoformat(event.data["at"])
        sending.note_mail_sent(session, event.data["bundle_id"], event.data["email_id"], at)
    else:
        letter_tasks.letter_arrived(session, event.data["email_id"], now)


@HANDLERS.reaction("communication.email_failed", alone=True)
def mail_failed(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    data = event.data
    if data["purpose"] == _INQUIRY:
        sending.note_mail_failed(
            session, data["bundle_id"], data["email_id"], data.get("reason"), now
        )
    else:
        letter_tasks.letter_failed(session, data, now)


@HANDLERS.reaction("communication.email_bounced", alone=True)
def mail_bounced(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    data = event.data
    if data["purpose"] == _INQUIRY:
        sending.note_mail_bounced(
            session, data["bundle_id"], data["email_id"], data.get("reason"), now
        )
    else:
        letter_tasks.letter_failed(session, data, now)


@HANDLERS.reaction("communication.email_unknown", alone=True)
def mail_unknown(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    if event.data["purpose"] == _INQUIRY:
        sending.note_mail_unknown(session, event.data["bundle_id"], event.data["email_id"], now)
    else:
        letter_tasks.letter_unknown(session, event.data, now)


@HANDLERS.reaction("communication.email_answered", alone=True)
def mail_answered(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    """One that belongs to no inquiry; an inquiry's answer comes to matching itself."""
    at = datetime.fromisoformat(event.data["answered_at"])
    cool_after_mail(session, event.data["therapist_id"], at, wiring.cooling_days, now)


@HANDLERS.reaction("communication.reply_received")
def reply_received(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    letter_tasks.reply_waits(session, event.data, now)


@HANDLERS.reaction("communication.reply_settled")
def reply_settled(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    letter_tasks.reply_is_settled(session, event.data["reply_id"], now)
