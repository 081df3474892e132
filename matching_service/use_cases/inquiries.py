"""A Therapeutenanfrage that does not go on: cancelled, expired, given up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matching_service.domain.errors import (
    IllegalTransition,
    NotFound,
)
from matching_service.domain.lifecycle import (
    OPEN_INQUIRIES,
    WAITING_INQUIRIES,
    InquiryState,
    RowStatus,
    check_inquiry_move,
)
from matching_service.domain.responses import ResponseType
from matching_service.storage.locks import LockedInquiries, lock_around_therapist, lock_inquiry
from matching_service.storage.tables import TherapeutAnfragePatient, Therapeutenanfrage
from matching_service.use_cases.announcements import tell_bundle
from matching_service.use_cases.tasks import open_task
from shared.contracts.berlin import berlin_day, berlin_midnight


def cancel_inquiry(
    session: Session, inquiry_id: int, reason: str, now: datetime
) -> Therapeutenanfrage:
    """Raises NotFound, IllegalTransition."""
    locked = locked_inquiry(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    check_inquiry_move(InquiryState(inquiry.state), InquiryState.CANCELLED)
    inquiry.state = InquiryState.CANCELLED
    inquiry.closed_at, inquiry.close_reason = now, reason
    inquiry.version += 1
    session.flush()
    tell_bundle(session, "cancelled", inquiry, pending_searches(session, inquiry_id), now)
    return inquiry


def give_up_inquiries_to(session: Session, therapist_id: int, reason: str, now: datetime) -> None:
    """The therapist is out of the question: drafts are cancelled, sent inquiries closed without
    a response; nothing cools, and the searches get their contacts back."""
    locked = lock_around_therapist(session, therapist_id)
    for inquiry in locked.inquiries.values():
        if InquiryState(inquiry.state) in OPEN_INQUIRIES:
            _close_waiting(session, locked, inquiry, reason, now, row=RowStatus.WITHDRAWN)


def expire_draft(session: Session, now: datetime) -> int:
    """Cancels one draft that nobody sent in time; returns how many it found (0 or 1)."""
    expired = session.scalar(
        select(Therapeutenanfrage.id)
        .where(Therapeutenanfrage.state == "draft", Therapeutenanfrage.expires_at <= now)
        .order_by(Therapeutenanfrage.expires_at, Therapeutenanfrage.id)
        .limit(1)
    )
    if expired is None:
        return 0
    try:
        cancel_inquiry(session, expired, "expired", now)
    except IllegalTransition:
        return 0
    open_task(session, "draft_expired", expired, now)
    return 1


def close_unanswered(session: Session, days: int, now: datetime) -> int:
    """Closes one inquiry that nobody has answered within so many Berlin days of its sending, or of
    its being let go where nobody knows of a mail: nothing cools, and the searches get their
    contacts back. Returns how many it found (0 or 1)."""
    oldest_waiting_day = berlin_day(now) - timedelta(days=days - 1)
    out_since = func.coalesce(Therapeutenanfrage.let_go_at, Therapeutenanfrage.sent_date)
    silent = session.scalar(
        select(Therapeutenanfrage.id)
        .where(
            Therapeutenanfrage.state.in_(WAITING_INQUIRIES),
            Therapeutenanfrage.sends_at.is_(None),
            out_since < berlin_midnight(oldest_waiting_day),
        )
        .order_by(out_since, Therapeutenanfrage.id)
        .limit(1)
    )
    if silent is None:
        return 0
    close_without_answer(session, silent, now)
    return 1


def close_without_answer(session: Session, inquiry_id: int, now: datetime) -> None:
    """Unless an answer has come while we waited for the lock. Raises NotFound."""
    locked = locked_inquiry(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    if _is_out(inquiry):
        inquiry.response_type = ResponseType.NO_RESPONSE
        _close_waiting(session, locked, inquiry, "no_response", now, row=RowStatus.NO_RESPONSE)


def close_refused(session: Session, inquiry_id: int, now: datetime) -> None:
    """The practice wants no contact: closed without a response. Raises NotFound."""
    locked = locked_inquiry(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    if _is_out(inquiry):
        _close_waiting(session, locked, inquiry, "contact_refused", now, row=RowStatus.WITHDRAWN)


def asked_since(inquiry: Therapeutenanfrage) -> datetime:
    """The practice cannot have answered before that; where nobody knows of a mail, since it was
    let go."""
    return inquiry.let_go_at or inquiry.sent_date or inquiry.created_date


def _is_out(inquiry: Therapeutenanfrage) -> bool:
    """It waits for an answer, and nobody can recall it."""
    return inquiry.state in WAITING_INQUIRIES and inquiry.sends_at is None


def _close_waiting(
    session: Session,
    locked: LockedInquiries,
    inquiry: Therapeutenanfrage,
    reason: str,
    now: datetime,
    *,
    row: RowStatus,
) -> None:
    """`row`: what becomes of those who were still waiting for an answer."""
    asked_for = pending_searches(session, inquiry.id)
    draft = inquiry.state == InquiryState.DRAFT
    inquiry.state = InquiryState.CANCELLED if draft else InquiryState.CLOSED
    inquiry.closed_at, inquiry.close_reason, inquiry.follow_up_due_on = now, reason, None
    inquiry.version += 1
    for one in locked.rows_of(inquiry.id):
        if one.status == RowStatus.PENDING:
            one.status = row
            if row is RowStatus.WITHDRAWN:
                one.withdrawn_at, one.withdrawn_reason = now, reason
    session.flush()
    tell_bundle(session, "cancelled" if draft else "closed", inquiry, asked_for, now)


def locked_inquiry(session: Session, inquiry_id: int) -> LockedInquiries:
    locked = lock_inquiry(session, inquiry_id)
    if locked is None:
        raise NotFound("bundle", inquiry_id)
    return locked


def pending_searches(session: Session, inquiry_id: int) -> Sequence[int]:
    """As the database has them now, without those just dropped."""
    row = TherapeutAnfragePatient
    return session.scalars(
        select(row.platzsuche_id)
        .where(row.therapeutenanfrage_id == inquiry_id, row.status == RowStatus.PENDING)
        .order_by(row.position_in_bundle)
    ).all()
