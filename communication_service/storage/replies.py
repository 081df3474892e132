"""The tables `reply` and `mail_reading`, and how their rows are found and written."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Select, exists, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from communication_service.storage.tables import Base, Email

OPEN, CONFIRMED, DISMISSED, FILED = "open", "confirmed", "dismissed", "filed"
STATES = (OPEN, CONFIRMED, DISMISSED, FILED)
REPLY, AUTO_REPLY, REPORT, UNREADABLE = "reply", "auto_reply", "delivery_report", "unreadable"
KINDS = (REPLY, AUTO_REPLY, REPORT, UNREADABLE)
_FILTERS = ("bundle_id", "therapist_id", "kind", "state")


class Reply(Base):
    """A mail that came in. `proposal`: what a machine believes to have read, by letter;
    `confirmed`: what a person has read there."""

    __tablename__ = "reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    kind: Mapped[str]
    received_at: Mapped[datetime]
    read_at: Mapped[datetime]
    email_id: Mapped[int | None]
    bundle_id: Mapped[int | None]
    therapist_id: Mapped[int | None]
    unmatched: Mapped[str | None]
    verdict: Mapped[str | None]
    sealed: Mapped[str | None]
    forgotten_at: Mapped[datetime | None]
    proposal: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    state: Mapped[str]
    confirmed: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    dismiss_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class MailReading(Base):
    """How far a mailbox has been read, among mails that arrived `since` that day.

    `failures` counts what went wrong with the mail after `last_uid`.
    """

    __tablename__ = "mail_reading"

    mailbox: Mapped[str] = mapped_column(primary_key=True)
    uid_validity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)
    since: Mapped[date]
    failures: Mapped[int] = mapped_column(default=0)
    read_at: Mapped[datetime]


def replies(filters: Mapping[str, Any]) -> "Select[Any]":
    rows = select(Reply)
    for name in _FILTERS:
        if (value := filters.get(name)) is not None:
            rows = rows.where(getattr(Reply, name) == value)
    if (unconfirmed := filters.get("unconfirmed")) is not None:
        rows = rows.where((Reply.state == OPEN) == unconfirmed)
    return rows


def reply(session: Session, reply_id: int) -> Reply | None:
    return session.get(Reply, reply_id)


def locked_reply(session: Session, reply_id: int) -> Reply | None:
    return session.get(Reply, reply_id, with_for_update=True, populate_existing=True)


def add_reply(session: Session, **values: Any) -> Reply | None:
    """None: this mail was read before."""
    new = insert(Reply).values(**values).on_conflict_do_nothing(index_elements=["fingerprint"])
    reply_id = session.scalar(new.returning(Reply.id))
    return None if reply_id is None else locked_reply(session, reply_id)


def waits_to_be_read(bundle_id: Any) -> Any:
    """Whether a reply about that inquiry (a column) waits for a person: a condition."""
    return exists().where(Reply.bundle_id == bundle_id, Reply.state == OPEN)


def mails_by_message_id(session: Session, message_ids: Iterable[str]) -> Sequence[Email]:
    rows = select(Email).where(Email.message_id.in_(list(message_ids)))
    return session.scalars(rows.where(Email.recipient_email.is_not(None)).order_by(Email.id)).all()


def mails_to_practices(session: Session, bundle_ids: Iterable[int]) -> Sequence[Email]:
    rows = select(Email).where(
        Email.bundle_id.in_(list(bundle_ids)),
        Email.therapist_id.is_not(None),
        Email.recipient_email.is_not(None),
    )
    return session.scalars(rows.order_by(Email.id)).all()


def locked_reading(session: Session, mailbox: str) -> MailReading | None:
    return session.get(MailReading, mailbox, with_for_update=True, populate_existing=True)


def locked_old_replies(session: Session, before: datetime, at_most: int) -> Sequence[Reply]:
    """With words that were read before then."""
    rows = select(Reply).where(Reply.sealed.is_not(None), Reply.read_at < before)
    oldest = rows.order_by(Reply.read_at).limit(at_most)
    return session.scalars(oldest.with_for_update(skip_locked=True)).all()
