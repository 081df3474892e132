"""The placement requests that a mail speaks of."""

from datetime import datetime

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from communication_service.storage.tables import Base, Email


class EmailBatch(Base):
    """The mail's own lists of its requests and of their patients follow by trigger."""

    __tablename__ = "email_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    email_id: Mapped[int] = mapped_column(ForeignKey(Email.id))
    placement_request_id: Mapped[int]
    patient_id: Mapped[int | None]
    priority: Mapped[int] = mapped_column(default=1)
    included: Mapped[bool] = mapped_column(default=True)
    response_outcome: Mapped[str | None]
    response_notes: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


def batch(session: Session, batch_id: int) -> EmailBatch | None:
    return session.get(EmailBatch, batch_id)


def batches_of(email_id: int) -> "Select[EmailBatch]":
    return select(EmailBatch).where(EmailBatch.email_id == email_id)


def reread_batch(session: Session, batch_id: int) -> EmailBatch | None:
    """As it is by now; its mail's lock is held."""
    return session.get(EmailBatch, batch_id, populate_existing=True)
