"""How mails are found."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, any_, delete, exists, literal, select
from sqlalchemy.orm import Session, aliased

from communication_service.domain.mail_states import (
    MAY_HAVE_GONE_OUT,
    NEVER_STARTED,
    MailState,
)
from communication_service.domain.purposes import Purpose
from communication_service.storage.call_tables import CallFollowUp
from communication_service.storage.replies import waits_to_be_read
from communication_service.storage.sending_pace import is_held_up
from communication_service.storage.tables import Email

_FILTERS = (
    *("bundle_id", "therapist_id", "patient_id", "purpose", "state"),
    *("response_received", "batch_id"),
)
_REMINDED_AT_ONCE = 100
_CLAIMED = (MailState.SENDING, MailState.HANDED_OVER)


def emails(filters: Mapping[str, Any]) -> "Select[Any]":
    """By equality; `states` holds several of them."""
    return _filtered(select(Email), filters)


def emails_to_practices(filters: Mapping[str, Any]) -> "Select[Any]":
    """The same, of what v1 ever knew."""
    return _filtered(select(Email).where(Email.therapist_id.is_not(None)), filters)


def _filtered(rows: "Select[Any]", filters: Mapping[str, Any]) -> "Select[Any]":
    for name in _FILTERS:
        if (value := filters.get(name)) is not None:
            rows = rows.where(getattr(Email, name) == value)
    if states := filters.get("states"):
        rows = rows.where(Email.state.in_(states))
    return rows


def email(session: Session, email_id: int) -> Email | None:
    return session.get(Email, email_id)


def locked_email(session: Session, email_id: int) -> Email | None:
    return session.scalar(select(Email).where(Email.id == email_id).with_for_update())


def locked_by_message_id(session: Session, message_id: str) -> Email | None:
    return session.scalar(select(Email).where(Email.message_id == message_id).with_for_update())


def letter(session: Session, bundle_id: int, purpose: Purpose) -> Email | None:
    return session.scalar(_letter(bundle_id, purpose))


def unreminded_inquiries(
    session: Session, sent_after: datetime, sent_before: datetime
) -> Sequence[int]:
    """Bundles whose mail went out in that time, of which nobody has said that they are over, and
    whose practice has not written back either."""
    reminder = aliased(Email)
    reminded = exists().where(
        reminder.bundle_id == Email.bundle_id, reminder.purpose == Purpose.REMINDER
    )
    is_over = exists().where(
        CallFollowUp.bundle_id == Email.bundle_id, CallFollowUp.ended_at.is_not(None)
    )
    rows = select(Email.bundle_id).where(
        Email.purpose == Purpose.INQUIRY,
        Email.state == MailState.SENT,
        Email.sent_at > sent_after,
        Email.sent_at <= sent_before,
        ~reminded,
        ~is_over,
        ~waits_to_be_read(Email.bundle_id),
    )
    found = session.scalars(rows.order_by(Email.sent_at, Email.id).limit(_REMINDED_AT_ONCE))
    return [bundle_id for bundle_id in found if bundle_id is not None]


def locked_letter(session: Session, bundle_id: int, purpose: Purpose) -> Email | None:
    return session.scalar(_letter(bundle_id, purpose).with_for_update())


def locked_hints(session: Session, bundle_id: int, purpose: Purpose) -> Sequence[Email]:
    """In the order in which they were written."""
    hints = _letter(bundle_id, purpose).order_by(Email.sequel)
    return session.scalars(hints.with_for_update()).all()


def locked_patient_letter(
    session: Session, search_id: int, purpose: Purpose, about_therapist_id: int | None
) -> Email | None:
    rows = select(Email).where(
        Email.search_id == search_id,
        Email.purpose == purpose,
        Email.about_therapist_id.is_not_distinct_from(about_therapist_id),
    )
    return session.scalar(rows.with_for_update())


def mailed_searches(session: Session, bundle_id: int) -> Sequence[int]:
    """Whom the letters of the inquiry's mail stand for; nobody when it never went by mail."""
    inquiry = session.scalar(_letter(bundle_id, Purpose.INQUIRY))
    return inquiry.search_ids if inquiry is not None else ()


def inquiries_about_to_confirm(session: Session, search_id: int) -> Sequence[int]:
    """Whose confirmation waits and speaks of the search."""
    rows = select(Email.bundle_id).where(
        Email.purpose == Purpose.CONFIRMATION,
        Email.state == MailState.QUEUED,
        literal(search_id) == any_(Email.search_ids),
    )
    found = session.scalars(rows.order_by(Email.bundle_id))
    return [bundle_id for bundle_id in found if bundle_id is not None]


def was_asked(session: Session, bundle_id: int) -> bool:
    """Whether the inquiry's mail has reached the practice, or may have."""
    rows = _letter(bundle_id, Purpose.INQUIRY).where(Email.state.in_(MAY_HAVE_GONE_OUT))
    return bool(session.scalar(select(rows.exists())))


def delete_unsent(session: Session, bundle_id: int, purposes: Iterable[Purpose]) -> None:
    """Waits for a sender that claims at this moment, and then leaves its mail alone."""
    _delete_unsent(session, Email.bundle_id == bundle_id, purposes)


def delete_unsent_of_search(session: Session, search_id: int, purposes: Iterable[Purpose]) -> None:
    _delete_unsent(session, Email.search_id == search_id, purposes)


def _letter(bundle_id: int, purpose: Purpose) -> "Select[Email]":
    return select(Email).where(Email.bundle_id == bundle_id, Email.purpose == purpose)


def _delete_unsent(
    session: Session, whose: ColumnElement[bool], purposes: Iterable[Purpose]
) -> None:
    unsent = Email.state.in_(NEVER_STARTED)
    session.execute(delete(Email).where(whose, Email.purpose.in_(purposes), unsent))


def locked_due_mail(session: Session, now: datetime) -> Email | None:
    """The mail that has been due longest, that nobody else is taking and nothing holds up."""
    due = select(Email).where(
        Email.state == MailState.QUEUED, Email.next_attempt_at <= now, ~is_held_up(now)
    )
    oldest = due.order_by(Email.next_attempt_at, Email.id).limit(1)
    return session.scalar(oldest.with_for_update(skip_locked=True))


def locked_abandoned_mail(session: Session, now: datetime) -> Email | None:
    """A claimed mail whose sender did not come back within its lease."""
    rows = select(Email).where(Email.state.in_(_CLAIMED), Email.lease_until <= now)
    oldest = rows.order_by(Email.lease_until, Email.id).limit(1)
    return session.scalar(oldest.with_for_update(skip_locked=True))


def locked_claim(session: Session, email_id: int, claim: UUID) -> Email | None:
    """None when the mail was taken from this claim, because its lease ran out."""
    rows = select(Email).where(Email.id == email_id, Email.claimed_by == claim)
    return session.scalar(rows.with_for_update())


def was_written_to(session: Session, therapist_id: int, besides_bundle: int) -> bool:
    """Whether an inquiry other than this one has reached the therapist, or may have."""
    earlier = exists().where(
        Email.therapist_id == therapist_id,
        Email.purpose == Purpose.INQUIRY,
        Email.state.in_(MAY_HAVE_GONE_OUT),
        Email.bundle_id != besides_bundle,
    )
    return bool(session.scalar(select(earlier)))
