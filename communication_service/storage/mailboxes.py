"""The table `undeliverable_mailbox`, and how its rows are found and written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from communication_service.storage.tables import Base


class UndeliverableMailbox(Base):
    """An address at which a mail bounced, by the therapist service's keyed hash of it: a corrected
    address has another key, so that it works at once."""

    __tablename__ = "undeliverable_mailbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox_key: Mapped[str]
    therapist_id: Mapped[int]
    email_id: Mapped[int | None]
    status: Mapped[str]
    found_at: Mapped[datetime]
    restored_at: Mapped[datetime | None]
    restored_by: Mapped[str | None]
    restore_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


def mailboxes(filters: Mapping[str, Any]) -> "Select[Any]":
    rows = select(UndeliverableMailbox)
    if (therapist_id := filters.get("therapist_id")) is not None:
        rows = rows.where(UndeliverableMailbox.therapist_id == therapist_id)
    if (restored := filters.get("restored")) is not None:
        rows = rows.where(UndeliverableMailbox.restored_at.is_not(None) == restored)
    return rows


def is_undeliverable(session: Session, mailbox_key: str) -> bool:
    rows = select(UndeliverableMailbox.id).where(
        UndeliverableMailbox.mailbox_key == mailbox_key,
        UndeliverableMailbox.restored_at.is_(None),
    )
    return session.scalar(rows) is not None


def locked_mailbox(session: Session, mailbox_id: int) -> UndeliverableMailbox | None:
    rows = select(UndeliverableMailbox).where(UndeliverableMailbox.id == mailbox_id)
    return session.scalar(rows.with_for_update())


def keep_undeliverable(
    session: Session,
    *,
    mailbox_key: str,
    therapist_id: int,
    email_id: int,
    status: str,
    now: datetime,
) -> UndeliverableMailbox | None:
    """Locked. None: that was known before."""
    found = {
        "therapist_id": therapist_id,
        "email_id": email_id,
        "status": status,
        "found_at": now,
    }
    once_more = {"restored_at": None, "restored_by": None, "restore_reason": None}
    statement = insert(UndeliverableMailbox).values(mailbox_key=mailbox_key, **found)
    kept = statement.on_conflict_do_update(
        index_elements=["mailbox_key"],
        set_={**found, **once_more, "version": UndeliverableMailbox.version + 1},
        where=UndeliverableMailbox.restored_at.is_not(None),
    )
    mailbox_id = session.scalar(kept.returning(UndeliverableMailbox.id))
    return None if mailbox_id is None else locked_mailbox(session, mailbox_id)
