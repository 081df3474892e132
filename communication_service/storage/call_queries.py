"""How calls and what they follow up are found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from communication_service.domain.call_slots import CallSlot
from communication_service.domain.calls import CallReason, CallStatus
from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import Purpose
from communication_service.storage.call_tables import CallFollowUp, PhoneCall, PhoneCallBatch
from communication_service.storage.replies import waits_to_be_read
from communication_service.storage.tables import Email

_FILTERS = ("therapist_id", "bundle_id", "status", "scheduled_date")
_MOST_AT_ONCE = 50


def calls(filters: Mapping[str, Any]) -> "Select[Any]":
    """By equality."""
    rows = select(PhoneCall)
    for name in _FILTERS:
        if (value := filters.get(name)) is not None:
            rows = rows.where(getattr(PhoneCall, name) == value)
    return rows


def call(session: Session, call_id: int) -> PhoneCall | None:
    return session.get(PhoneCall, call_id)


def locked_call(session: Session, call_id: int) -> PhoneCall | None:
    return session.get(PhoneCall, call_id, with_for_update=True, populate_existing=True)


def batch(session: Session, batch_id: int) -> PhoneCallBatch | None:
    return session.get(PhoneCallBatch, batch_id)


def locked_batch(session: Session, batch_id: int) -> PhoneCallBatch | None:
    return session.get(PhoneCallBatch, batch_id, with_for_update=True, populate_existing=True)


def requests_of(session: Session, call_id: int) -> Sequence[int]:
    """The v1 requests that are to be spoken of."""
    asked = PhoneCallBatch.placement_request_id
    of_call = select(asked).where(PhoneCallBatch.phone_call_id == call_id)
    return session.scalars(of_call.order_by(asked)).all()


def wait_for_the_calendar(session: Session) -> None:
    """Until the end of the transaction nobody else plans a call.

    Without it those who want the same slot at the same moment would wait for each other: an
    exclusion constraint looks only after it has written. That no two overlap is its word still.
    """
    key = func.hashtextextended("communication_service.call_calendar", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))


def taken_slots(session: Session, start: datetime, end: datetime) -> list[CallSlot]:
    """Of planned calls, as far as they reach into this time."""
    rows = select(PhoneCall.starts_at, func.upper(PhoneCall.slot), PhoneCall.line).where(
        PhoneCall.status == CallStatus.SCHEDULED, PhoneCall.slot.op("&&")(Range(start, end))
    )
    return [CallSlot(*row) for row in session.execute(rows)]


def locked_follow_up(session: Session, bundle_id: int) -> CallFollowUp | None:
    return session.get(CallFollowUp, bundle_id, with_for_update=True, populate_existing=True)


def ensured_follow_up(
    session: Session, bundle_id: int, therapist_id: int, reason: CallReason
) -> CallFollowUp:
    """Locked; made when there is none, whoever else makes it at this moment."""
    row = {"bundle_id": bundle_id, "therapist_id": therapist_id, "reason": reason}
    while (follow_up := locked_follow_up(session, bundle_id)) is None:
        session.execute(insert(CallFollowUp).values(row).on_conflict_do_nothing())
    return follow_up


def delete_follow_up(session: Session, bundle_id: int) -> None:
    if (follow_up := locked_follow_up(session, bundle_id)) is not None:
        session.delete(follow_up)
        session.flush()


def follow_sent_inquiries(session: Session, sent_before: datetime, now: datetime) -> None:
    """Inquiries whose mail went out before then, or may have, and that nobody has followed yet,
    are due."""
    gone_out = func.coalesce(Email.sent_at, Email.handed_over_at)
    silent = select(
        Email.bundle_id, Email.therapist_id, literal(CallReason.NO_ANSWER.value), literal(now)
    ).where(
        Email.purpose == Purpose.INQUIRY,
        Email.state.in_((MailState.SENT, MailState.UNKNOWN)),
        gone_out <= sent_before,
        ~exists().where(CallFollowUp.bundle_id == Email.bundle_id),
    )
    columns = ["bundle_id", "therapist_id", "reason", "due_at"]
    session.execute(insert(CallFollowUp).from_select(columns, silent).on_conflict_do_nothing())


def due_follow_ups(session: Session, now: datetime) -> Sequence[CallFollowUp]:
    """Nobody is called while what they have written waits to be read."""
    is_due = (CallFollowUp.due_at <= now) & ~waits_to_be_read(CallFollowUp.bundle_id)
    rows = select(CallFollowUp).where(is_due)
    return session.scalars(
        rows.order_by(CallFollowUp.due_at, CallFollowUp.bundle_id).limit(_MOST_AT_ONCE)
    ).all()


def attempts_so_far(session: Session, bundle_id: int) -> int:
    """Also one that was begun and cancelled: what came of it can still be recorded."""
    counts = or_(PhoneCall.status != CallStatus.CANCELED, PhoneCall.started_at.is_not(None))
    rows = select(func.max(PhoneCall.attempt)).where(PhoneCall.bundle_id == bundle_id, counts)
    return session.scalar(rows) or 0


def cancel_planned(session: Session, bundle_id: int, now: datetime) -> None:
    """Also a call that somebody is making: what comes of it can still be recorded."""
    session.execute(
        update(PhoneCall)
        .where(PhoneCall.bundle_id == bundle_id, PhoneCall.status == CallStatus.SCHEDULED)
        .values(status=CallStatus.CANCELED, updated_at=now, version=PhoneCall.version + 1)
    )


def waiting_calls(session: Session, now: datetime) -> dict[str, int]:
    """How many are planned, how many of those are late, how many inquiries wait for a slot."""
    planned = PhoneCall.status == CallStatus.SCHEDULED
    late = planned & PhoneCall.started_at.is_(None) & (PhoneCall.starts_at < now)
    unplaced = select(func.count()).where(CallFollowUp.due_at.is_not(None)).scalar_subquery()
    row = session.execute(
        select(func.count(), func.count().filter(late), unplaced).where(planned)
    ).one()
    return dict(zip(("planned", "late", "without_slot"), row, strict=True))


def is_planned(session: Session, bundle_id: int) -> bool:
    rows = exists().where(
        PhoneCall.bundle_id == bundle_id, PhoneCall.status == CallStatus.SCHEDULED
    )
    return bool(session.scalar(select(rows)))


def missed_call(session: Session, before: datetime) -> PhoneCall | None:
    """An inquiry's call that was to be made before then, of which nobody has said what came of
    it."""
    rows = select(PhoneCall).where(
        PhoneCall.status == CallStatus.SCHEDULED,
        PhoneCall.bundle_id.is_not(None),
        PhoneCall.starts_at < before,
        or_(PhoneCall.started_at.is_(None), PhoneCall.started_at < before),
    )
    return session.scalar(rows.order_by(PhoneCall.starts_at, PhoneCall.id).limit(1))
