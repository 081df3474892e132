"""Phone calls as they are stored; v1's columns bear v1's names."""

from datetime import date, datetime, time

from sqlalchemy import BigInteger, Computed, ForeignKey
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from communication_service.storage.tables import Base


class PhoneCall(Base):
    """`slot` says when; what is computed from it, the migration says."""

    __tablename__ = "phone_calls"
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012  SQLAlchemy reads it from the class

    id: Mapped[int] = mapped_column(primary_key=True)
    therapist_id: Mapped[int]
    slot: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    line: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(Computed("slot"))
    scheduled_date: Mapped[date] = mapped_column(Computed("slot"))
    scheduled_time: Mapped[time] = mapped_column(Computed("slot"))
    duration_minutes: Mapped[int] = mapped_column(Computed("slot"))

    actual_date: Mapped[date | None]
    actual_time: Mapped[time | None]
    status: Mapped[str]
    outcome: Mapped[str | None]
    notes: Mapped[str | None]
    retry_after: Mapped[date | None]

    bundle_id: Mapped[int | None]
    attempt: Mapped[int | None]
    reason: Mapped[str | None]
    assumed_hours: Mapped[str | None]
    script: Mapped[str | None]
    search_ids: Mapped[list[int]] = mapped_column(default=list)
    about_patient_ids: Mapped[list[int]] = mapped_column(default=list)
    permit_id: Mapped[int | None] = mapped_column(BigInteger)
    started_at: Mapped[datetime | None]
    started_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class PhoneCallBatch(Base):
    """A v1 request that is to be spoken of in a call."""

    __tablename__ = "phone_call_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    phone_call_id: Mapped[int] = mapped_column(ForeignKey(PhoneCall.id))
    placement_request_id: Mapped[int]
    priority: Mapped[int] = mapped_column(default=1)
    discussed: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str | None]
    follow_up_required: Mapped[bool] = mapped_column(default=False)
    follow_up_notes: Mapped[str | None]
    created_at: Mapped[datetime]


class CallFollowUp(Base):
    """What calls an inquiry still needs; its lock orders what happens to them."""

    __tablename__ = "call_follow_ups"

    bundle_id: Mapped[int] = mapped_column(primary_key=True)
    therapist_id: Mapped[int]
    reason: Mapped[str]
    missed: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
