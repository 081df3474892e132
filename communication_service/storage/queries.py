"""How mails are found."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.orm import Session

from communication_service.domain.mail_states import (
    MAY_HAVE_GONE_OUT,
    NEVER_STARTED,
    MailState,
)
from communication_service.domain.purposes import Purpose
from communication_service.storage.tables import Email

_FILTERS = ("bundle_id", "therapist_id", "state", "response_received", "batch_id")
_CLAIMED = (MailState.SENDING, MailState.HANDED_OVER)


def emails(filters: Mapping[str, Any]) -> "Select[Any]":
    """By equality; `states` holds several of them."""
    rows = select(Email)
    for name in _FILTERS:
        if (value := filters.get(name)) is not None:
            rows = rows.where(getattr(Email, name) == value)
    if states := filters.get("states"):
        rows = rows.where(Email.state.in_(states))
    return rows


def email(session: Session, email_id: int) -> Email | None:
    return session.get(Email, email_id)


def locked_inquiry_mail(session: Session, bundle_id: int) -> Email | None:
    rows = select(Email).where(Email.bundle_id == bundle_id, Email.purpose == Purpose.INQUIRY)
    return session.scalar(rows.with_for_update())


def delete_unsent_inquiry(session: Session, bundle_id: int) -> None:
    """Waits for a sender that claims at this moment, and then leaves its mail alone."""
    session.execute(
        delete(Email).where(
            Email.bundle_id == bundle_id,
            Email.purpose == Purpose.INQUIRY,
            Email.state.in_(NEVER_STARTED),
        )
    )


def locked_due_mail(session: Session, now: datetime) -> Email | None:
    """The mail that has been due longest and that nobody else is taking."""
    due = select(Email).where(Email.state == MailState.QUEUED, Email.next_attempt_at <= now)
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
