"""The table `emails`; its columns bear the names that v1 clients know, where v1 has one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(schema="communication_service")
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        str: Text,
        datetime: DateTime(timezone=True),
        list[int]: ARRAY(Integer),
    }


class Email(Base):
    """It goes to the therapist, else to the patient, else to our own staff.

    `search_ids` are those of whom it speaks; of an inquiry: whom its letters A to F stand for.
    `about_patient_ids` are whose searches these are, in a letter to a practice.
    `sequel`: how many hints to staff about the same went before.
    """

    __tablename__ = "emails"

    id: Mapped[int] = mapped_column(primary_key=True)
    therapist_id: Mapped[int | None]
    patient_id: Mapped[int | None]
    bundle_id: Mapped[int | None]
    search_id: Mapped[int | None]
    about_therapist_id: Mapped[int | None]
    purpose: Mapped[str]
    state: Mapped[str]
    subject: Mapped[str]
    body_html: Mapped[str]
    body_text: Mapped[str]
    search_ids: Mapped[list[int]] = mapped_column(default=list)
    about_patient_ids: Mapped[list[int]] = mapped_column(default=list)
    recipient_email: Mapped[str | None]
    recipient_name: Mapped[str | None]
    sender_email: Mapped[str]
    sender_name: Mapped[str]
    message_id: Mapped[str]
    sequel: Mapped[int] = mapped_column(default=0)

    placement_request_ids: Mapped[list[int]] = mapped_column(default=list)
    batch_id: Mapped[int | None]
    response_received: Mapped[bool] = mapped_column(default=False)
    response_date: Mapped[datetime | None]
    response_content: Mapped[str | None]
    follow_up_required: Mapped[bool] = mapped_column(default=False)
    follow_up_notes: Mapped[str | None]

    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    provider: Mapped[str | None]
    claimed_by: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    permit_id: Mapped[int | None] = mapped_column(BigInteger)
    mailbox_key: Mapped[str | None]
    due_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    created_by: Mapped[str | None]
    written_text: Mapped[str | None]
    queued_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    error_message: Mapped[str | None]
    evidence: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
