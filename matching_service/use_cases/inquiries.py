"""A Therapeutenanfrage on its way out: sent, reported on, cancelled, expired."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.berlin import berlin_day, berlin_midnight
from matching_service.domain.bundles import BundleRules
from matching_service.domain.constraints import unmet_constraints
from matching_service.domain.errors import (
    BundleTooSmall,
    ContactTooSoon,
    CoolingActive,
    DomainError,
    IllegalTransition,
    NoChannel,
    NotFound,
    TherapistNotContactable,
)
from matching_service.domain.lifecycle import (
    OPEN_INQUIRIES,
    InquiryState,
    RowStatus,
    check_inquiry_move,
)
from matching_service.domain.pool import contact_obstacles
from matching_service.domain.snapshots import TherapistSnapshot, pair_of
from matching_service.domain.verdicts import Unknown, Violated
from matching_service.domain.working_days import DRAFT_KEPT_WORKING_DAYS, after_working_days
from matching_service.storage.locks import LockedInquiries, lock_inquiry
from matching_service.storage.snapshot_store import read_searches, read_therapists
from matching_service.storage.tables import Task, TherapeutAnfragePatient, Therapeutenanfrage
from matching_service.use_cases.announcements import tell_bundle

FOLLOW_UP_AFTER = timedelta(days=7)


def send_inquiry(
    session: Session,
    inquiry_id: int,
    *,
    rules: BundleRules,
    recall: timedelta,
    now: datetime,
) -> Therapeutenanfrage:
    """Checks everything once more under lock, drops who no longer fits, and sends.

    Raises NotFound, IllegalTransition, CoolingActive, NoChannel, TherapistNotContactable,
    BundleTooSmall.
    """
    locked = _locked(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    check_inquiry_move(InquiryState(inquiry.state), InquiryState.SENDING)
    therapist = _contactable_therapist(session, inquiry, now)
    _drop_violators(session, locked, inquiry, therapist, now)
    needed = rules.min_size if inquiry.size_exception is None else 1
    if inquiry.bundle_size < needed:
        raise BundleTooSmall(inquiry.bundle_size, needed)
    inquiry.state = InquiryState.SENDING
    inquiry.sends_at, inquiry.expires_at = now + recall, None
    inquiry.version += 1
    session.flush()
    if not recall:
        _let_go(session, inquiry, now)
    return inquiry


def let_due_inquiries_go(session: Session, now: datetime) -> int:
    """Sendings whose time for a recall is over; returns how many (at most one per call)."""
    due = session.scalar(
        select(Therapeutenanfrage.id)
        .where(Therapeutenanfrage.state == "sending", Therapeutenanfrage.sends_at <= now)
        .order_by(Therapeutenanfrage.sends_at, Therapeutenanfrage.id)
        .limit(1)
    )
    if due is None:
        return 0
    locked = _locked(session, due)
    inquiry = locked.inquiries[due]
    if inquiry.state != InquiryState.SENDING or inquiry.sends_at is None:
        return 0
    _let_go(session, inquiry, now)
    return 1


def cancel_inquiry(
    session: Session, inquiry_id: int, reason: str, now: datetime
) -> Therapeutenanfrage:
    """Raises NotFound, IllegalTransition."""
    locked = _locked(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    check_inquiry_move(InquiryState(inquiry.state), InquiryState.CANCELLED)
    inquiry.state = InquiryState.CANCELLED
    inquiry.closed_at, inquiry.close_reason = now, reason
    inquiry.version += 1
    session.flush()
    tell_bundle(session, "cancelled", inquiry, _pending_searches(session, inquiry_id), now)
    return inquiry


def give_up_inquiries_to(session: Session, therapist_id: int, reason: str, now: datetime) -> None:
    """The therapist is out of the question: drafts are cancelled, sent inquiries closed without
    a response; nothing cools, and the searches get their contacts back."""
    found = session.scalars(
        select(Therapeutenanfrage.id)
        .where(
            Therapeutenanfrage.therapist_id == therapist_id,
            Therapeutenanfrage.state.in_(OPEN_INQUIRIES),
        )
        .order_by(Therapeutenanfrage.id)
    )
    for inquiry_id in found.all():
        locked = _locked(session, inquiry_id)
        inquiry = locked.inquiries[inquiry_id]
        if InquiryState(inquiry.state) in OPEN_INQUIRIES:
            _give_up(session, locked, inquiry, reason, now)


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
    _open_task(session, "draft_expired", expired, now)
    return 1


def note_mail_sent(session: Session, inquiry_id: int, email_id: int, at: datetime) -> None:
    """Communication has handed the mail over. An answer may have been faster."""
    inquiry = _locked(session, inquiry_id).inquiries[inquiry_id]
    inquiry.sent_date, inquiry.sent_method, inquiry.email_id = at, "email", email_id
    if inquiry.state == InquiryState.SENDING:
        inquiry.state = InquiryState.SENT
        inquiry.follow_up_due_on = berlin_day(at + FOLLOW_UP_AFTER)
    inquiry.version += 1


def note_mail_failed(
    session: Session, inquiry_id: int, email_id: int, reason: str | None, now: datetime
) -> None:
    """Nothing went out: the bundle is a draft again and a person looks at it."""
    locked = _locked(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    if inquiry.state != InquiryState.SENDING:
        return
    inquiry.state, inquiry.email_id, inquiry.sends_at = InquiryState.DRAFT, email_id, None
    inquiry.expires_at = after_working_days(now, DRAFT_KEPT_WORKING_DAYS)
    inquiry.version += 1
    _open_task(session, "mail_failed", inquiry_id, now, {"reason": reason or "unknown"})


def note_mail_unknown(session: Session, inquiry_id: int, email_id: int, now: datetime) -> None:
    """The mail may have gone out or not; only a person can find out."""
    inquiry = _locked(session, inquiry_id).inquiries[inquiry_id]
    inquiry.email_id = email_id
    inquiry.version += 1
    _open_task(session, "mail_unknown", inquiry_id, now, {"email_id": email_id})


def _give_up(
    session: Session,
    locked: LockedInquiries,
    inquiry: Therapeutenanfrage,
    reason: str,
    now: datetime,
) -> None:
    asked_for = _pending_searches(session, inquiry.id)
    draft = inquiry.state == InquiryState.DRAFT
    inquiry.state = InquiryState.CANCELLED if draft else InquiryState.CLOSED
    inquiry.closed_at, inquiry.close_reason, inquiry.follow_up_due_on = now, reason, None
    inquiry.version += 1
    for row in locked.rows_of(inquiry.id):
        if row.status == RowStatus.PENDING:
            row.status = RowStatus.WITHDRAWN
            row.withdrawn_at, row.withdrawn_reason = now, reason
    session.flush()
    tell_bundle(session, "cancelled" if draft else "closed", inquiry, asked_for, now)


def _locked(session: Session, inquiry_id: int) -> LockedInquiries:
    locked = lock_inquiry(session, inquiry_id)
    if locked is None:
        raise NotFound("bundle", inquiry_id)
    return locked


def _contactable_therapist(
    session: Session, inquiry: Therapeutenanfrage, now: datetime
) -> TherapistSnapshot:
    found = read_therapists(session, ids=[inquiry.therapist_id], apart_from=inquiry.id)
    if not found:
        raise NotFound("therapist", inquiry.therapist_id)
    for obstacle in contact_obstacles(found[0], berlin_day(now)):
        raise _refusal(found[0], obstacle)
    return found[0]


def _refusal(therapist: TherapistSnapshot, obstacle: Violated | Unknown) -> DomainError:
    cooling, quiet = therapist.next_contactable_date, therapist.mail_possible_on
    match obstacle.code:
        case "cooling" if cooling is not None:
            return CoolingActive(cooling)
        case "later" if quiet is not None and obstacle.detail["until"] == quiet.isoformat():
            return ContactTooSoon(berlin_midnight(quiet))
        case "no_channel":
            return NoChannel(therapist.therapist_id)
    return TherapistNotContactable(therapist.therapist_id, obstacle.code)


def _drop_violators(
    session: Session,
    locked: LockedInquiries,
    inquiry: Therapeutenanfrage,
    therapist: TherapistSnapshot,
    now: datetime,
) -> None:
    snapshots = {s.search_id: s for s in read_searches(session, locked.searches)}
    for row in locked.rows_of(inquiry.id):
        search = snapshots.get(row.platzsuche_id)
        fits = (
            search is not None
            and search.status == "active"
            and not unmet_constraints(pair_of(search, therapist, berlin_day(now)))
        )
        if not fits:
            session.delete(row)
            inquiry.bundle_size -= 1


def _let_go(session: Session, inquiry: Therapeutenanfrage, now: datetime) -> None:
    inquiry.sends_at = None
    session.flush()
    tell_bundle(session, "sent", inquiry, _pending_searches(session, inquiry.id), now)


def _pending_searches(session: Session, inquiry_id: int) -> Sequence[int]:
    """As the database has them now, without those just dropped."""
    row = TherapeutAnfragePatient
    return session.scalars(
        select(row.platzsuche_id)
        .where(row.therapeutenanfrage_id == inquiry_id, row.status == RowStatus.PENDING)
        .order_by(row.position_in_bundle)
    ).all()


def _open_task(
    session: Session,
    kind: str,
    inquiry_id: int,
    now: datetime,
    detail: dict[str, object] | None = None,
) -> None:
    already = session.scalar(
        select(Task.id).where(
            Task.kind == kind,
            Task.ref_table == Therapeutenanfrage.__tablename__,
            Task.ref_id == inquiry_id,
            Task.done_at.is_(None),
        )
    )
    if already is None:
        session.add(
            Task(
                kind=kind,
                ref_table=Therapeutenanfrage.__tablename__,
                ref_id=inquiry_id,
                due_on=berlin_day(now),
                created_at=now,
                detail=detail or {},
            )
        )
        session.flush()
