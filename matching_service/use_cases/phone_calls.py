"""What communication reports of calls: planned, made, in vain, unwelcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.domain.lifecycle import InquiryState
from matching_service.storage.locks import lock_mailboxes
from matching_service.storage.tables import Mailbox, TherapistRow
from matching_service.use_cases.contact_law import enforce_cooling_period
from matching_service.use_cases.inquiries import locked_inquiry
from matching_service.use_cases.search_history import SYSTEM
from matching_service.use_cases.sending import FOLLOW_UP_AFTER
from matching_service.use_cases.tasks import open_task
from shared.contracts.berlin import berlin_day

PHONE, _PURPOSE, _REFUSED = "phone", "phone_contact", "contact_refused"


@dataclass(frozen=True)
class PhoneContact:
    """Somebody at the practice was spoken to; `inquiry_id` is None for a call about none."""

    inquiry_id: int | None
    therapist_id: int
    at: datetime


def note_call_scheduled(session: Session, inquiry_id: int, call_id: int, at: datetime) -> None:
    """An inquiry to a practice that cannot be written to counts as sent with its first call."""
    inquiry = locked_inquiry(session, inquiry_id).inquiries[inquiry_id]
    inquiry.phone_call_id = call_id
    if inquiry.state == InquiryState.SENDING:
        inquiry.state, inquiry.sent_date, inquiry.sent_method = InquiryState.SENT, at, PHONE
        inquiry.follow_up_due_on = berlin_day(at + FOLLOW_UP_AFTER)
    inquiry.version += 1


def cool_after_contact(
    session: Session, contact: PhoneContact, cooling_days: int, now: datetime
) -> None:
    """Somebody was reached who said nothing about the patients: peace begins all the same."""
    for mailbox in _mailboxes(session, contact):
        enforce_cooling_period(
            session,
            mailbox,
            responded_at=contact.at,
            cooling_days=cooling_days,
            inquiry_id=contact.inquiry_id,
            actor=SYSTEM,
            now=now,
            purpose=_PURPOSE,
        )


def ask_for_opt_out(session: Session, contact: PhoneContact, now: datetime) -> None:
    """A practice that wants no contact is to be entered as such, by a person."""
    detail: dict[str, object] = {"therapist_id": contact.therapist_id}
    if contact.inquiry_id is None:
        about = TherapistRow.__tablename__
        open_task(session, _REFUSED, contact.therapist_id, now, detail, about=about)
    else:
        open_task(session, _REFUSED, contact.inquiry_id, now, detail)


def _mailboxes(session: Session, contact: PhoneContact) -> Sequence[Mailbox]:
    """Locked. None, when the therapist is not known here."""
    if contact.inquiry_id is not None:
        locked = locked_inquiry(session, contact.inquiry_id)
        return locked.mailboxes_of(locked.inquiries[contact.inquiry_id])
    therapist = session.get(TherapistRow, contact.therapist_id)
    return [] if therapist is None else [*lock_mailboxes(session, [therapist.mailbox_id]).values()]
