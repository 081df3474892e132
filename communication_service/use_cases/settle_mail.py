"""How an attempt to send a mail ends in its row, and what the others are told of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.domain.bounces import enhanced_status
from communication_service.domain.mail_states import (
    OUTAGE_PAUSE,
    MailEvent,
    MailState,
    next_attempt_at,
    next_state,
    state_after_recovery,
)
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.mailbox_reach import note_undeliverable
from communication_service.use_cases.publisher import SERVICE
from communication_service.use_cases.send_mail import ClaimedMail, Ending
from shared.events.outbox import publish

_TOLD = {
    MailState.SENT: "communication.email_sent",
    MailState.FAILED: "communication.email_failed",
    MailState.UNKNOWN: "communication.email_unknown",
}
_SENDER_DIED = "sender_died"


def settle_attempt(session: Session, mail: ClaimedMail, ending: Ending, now: datetime) -> bool:
    """False: the mail was taken from this attempt, so that its ending counts no more."""
    row = queries.locked_claim(session, mail.id, mail.claim)
    if row is None:
        return False
    if ending.event is MailEvent.REFUSED_FOR_NOW:
        _try_again_or_give_up(session, row, ending, now)
    else:
        _end(session, row, ending, now)
    return True


def recover_mail(session: Session, now: datetime) -> bool:
    """Settles one mail whose sender died; False when there is none."""
    row = queries.locked_abandoned_mail(session, now)
    if row is None or row.lease_until is None:
        return False
    state = state_after_recovery(MailState(row.state), row.lease_until, now)
    if state is MailState.UNKNOWN:
        words = "Der Sendevorgang brach nach der Übergabe ab; eine Antwort wurde nicht gelesen."
        _end(session, row, Ending(MailEvent.LEASE_EXPIRED, _SENDER_DIED, words), now)
    else:
        _try_again_or_give_up(session, row, Ending(MailEvent.LEASE_EXPIRED, _SENDER_DIED), now)
    return True


def _try_again_or_give_up(session: Session, row: Email, ending: Ending, now: datetime) -> None:
    row.attempts -= 0 if ending.counts else 1
    pause = ending.again_at or now + OUTAGE_PAUSE
    again = next_attempt_at(row.attempts, now) if ending.counts else pause
    if again is None:
        gave_up = Ending(MailEvent.REFUSED_FOR_GOOD, ending.reason, ending.evidence)
        _end(session, row, gave_up, now)
        return
    row.next_attempt_at, row.handed_over_at = again, None
    _leave_attempt(row, ending, now)


def _end(session: Session, row: Email, ending: Ending, now: datetime) -> None:
    _leave_attempt(row, ending, now)
    if row.state == MailState.SENT:
        row.sent_at = now
    session.flush()
    tell(session, _TOLD[MailState(row.state)], row, ending.reason, now)
    if ending.bad_mailbox is not None:
        status = enhanced_status(ending.evidence or "") or ""
        note_undeliverable(session, row, ending.bad_mailbox, status, now)


def _leave_attempt(row: Email, ending: Ending, now: datetime) -> None:
    row.state = next_state(MailState(row.state), ending.event)
    row.claimed_by = row.lease_until = None
    row.error_message, row.evidence = ending.reason, ending.evidence
    row.updated_at = now
    row.version += 1


def tell(session: Session, moment: str, row: Email, reason: str | None, now: datetime) -> None:
    """By ids only; the caller holds the row's lock."""
    data = {
        "email_id": row.id,
        "version": row.version,
        "bundle_id": row.bundle_id,
        "therapist_id": row.therapist_id,
        "search_id": row.search_id,
        "purpose": row.purpose,
        "at": now.isoformat().replace("+00:00", "Z"),
        "reason": reason,
        "patient_id": row.patient_id,
        "patient_ids": row.about_patient_ids,
        "actor": row.released_by or row.created_by,
    }
    publish(session, SERVICE, moment, row.bundle_id or row.id, data, now)
