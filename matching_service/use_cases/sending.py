"""A Therapeutenanfrage goes out: checked, held for a recall, let go, reported on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

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
    Removed,
    TherapistNotContactable,
    Unmet,
)
from matching_service.domain.lifecycle import (
    INQUIRY_MOVES,
    WAITING_INQUIRIES,
    InquiryState,
    RowStatus,
    SearchStatus,
    check_inquiry_move,
)
from matching_service.domain.pool import contact_obstacles
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot, pair_of
from matching_service.domain.verdicts import Unknown, Violated
from matching_service.domain.working_days import DRAFT_KEPT_WORKING_DAYS, after_working_days
from matching_service.storage.locks import LockedInquiries
from matching_service.storage.planning_state import read_searches, read_therapists
from matching_service.storage.tables import Therapeutenanfrage
from matching_service.use_cases.announcements import tell_bundle
from matching_service.use_cases.inquiries import locked_inquiry, pending_searches
from matching_service.use_cases.search_history import note
from matching_service.use_cases.searches import allow_one_more_contact
from matching_service.use_cases.tasks import open_task
from shared.contracts.berlin import berlin_day, berlin_midnight

FOLLOW_UP_AFTER = timedelta(days=7)
_CAME_BACK = frozenset({"bad_address", "not_delivered"})


@dataclass(frozen=True)
class Sending:
    """`removed`: who no longer fitted."""

    inquiry: Therapeutenanfrage
    removed: Sequence[Removed]


def send_inquiry(
    session: Session,
    inquiry_id: int,
    *,
    rules: BundleRules,
    recall: timedelta,
    actor: str,
    now: datetime,
) -> Sending:
    """Checks everything once more under lock, drops who no longer fits, and sends.

    Raises NotFound, IllegalTransition, CoolingActive, NoChannel, TherapistNotContactable,
    BundleTooSmall.
    """
    locked = locked_inquiry(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    check_inquiry_move(InquiryState(inquiry.state), InquiryState.SENDING)
    therapist = _contactable_therapist(session, inquiry, now)
    removed = _drop_violators(session, locked, inquiry, therapist, actor, now)
    if inquiry.bundle_size < _smallest(inquiry, rules):
        raise BundleTooSmall(inquiry.bundle_size, _smallest(inquiry, rules), removed)
    inquiry.state = InquiryState.SENDING
    inquiry.sends_at, inquiry.expires_at = now + recall, None
    inquiry.version += 1
    session.flush()
    if not recall:
        _let_go(session, inquiry, now)
    return Sending(inquiry, removed)


def recall_inquiry(session: Session, inquiry_id: int, now: datetime) -> Therapeutenanfrage:
    """Back to a draft, as long as nobody has been told to send it; its time as a draft begins anew.

    The contact law has nothing to undo: a contact is recorded only when the mail is about to go.
    Raises NotFound, IllegalTransition.
    """
    locked = locked_inquiry(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    if inquiry.state != InquiryState.SENDING or inquiry.sends_at is None:
        raise IllegalTransition(inquiry.state, InquiryState.DRAFT, _ways_on(inquiry))
    _back_to_draft(session, locked, inquiry, now)
    return inquiry


def let_due_inquiries_go(session: Session, rules: BundleRules, now: datetime) -> int:
    """Sendings whose time for a recall is over; returns how many (at most one per call).

    One that has become too small meanwhile is a draft again, and a person looks at it.
    """
    due = session.scalar(
        select(Therapeutenanfrage.id)
        .where(Therapeutenanfrage.state == "sending", Therapeutenanfrage.sends_at <= now)
        .order_by(Therapeutenanfrage.sends_at, Therapeutenanfrage.id)
        .limit(1)
    )
    if due is None:
        return 0
    locked = locked_inquiry(session, due)
    inquiry = locked.inquiries[due]
    still_due = inquiry.sends_at is not None and inquiry.sends_at <= now
    if inquiry.state != InquiryState.SENDING or not still_due:
        return 0  # recalled, and perhaps sent again, while we waited for the lock
    waiting = sum(row.status == RowStatus.PENDING for row in locked.rows_of(due))
    if waiting < _smallest(inquiry, rules):
        _back_to_draft(session, locked, inquiry, now)
        open_task(session, "too_small_to_send", due, now)
    else:
        _let_go(session, inquiry, now)
    return 1


def note_mail_sent(session: Session, inquiry_id: int, email_id: int, at: datetime) -> None:
    """Communication has handed the mail over. An answer may have been faster."""
    locked = locked_inquiry(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    for row in locked.rows_of(inquiry_id):
        if row.withdrawn_at is not None and row.withdrawn_at >= at:
            # The mail has used a contact that was thought free when the search left.
            search = locked.searches[row.platzsuche_id]
            allow_one_more_contact(session, search, "mail_was_faster", at)
    inquiry.sent_date, inquiry.sent_method, inquiry.email_id = at, "email", email_id
    inquiry.let_go_at = None
    if inquiry.state == InquiryState.SENDING:
        inquiry.state = InquiryState.SENT
        inquiry.follow_up_due_on = berlin_day(at + FOLLOW_UP_AFTER)
    inquiry.version += 1


def note_mail_failed(
    session: Session, inquiry_id: int, email_id: int, reason: str | None, now: datetime
) -> None:
    """Nothing went out: the bundle is a draft again and a person looks at it."""
    locked = locked_inquiry(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    if inquiry.state != InquiryState.SENDING:
        return
    inquiry.email_id = email_id
    _back_to_draft(session, locked, inquiry, now)
    _ask_somebody(session, inquiry_id, reason, now)


def note_mail_bounced(
    session: Session, inquiry_id: int, email_id: int, reason: str | None, now: datetime
) -> None:
    """The mail went out and came back, so nobody was asked: a draft again, as if it had failed.

    The budget counts whoever stays in the draft and nobody else. The register of contacts keeps
    its row: a report can be wrong, so the quiet holds at that mailbox, where this same inquiry is
    not in its own way. An answer that came another way stays an answer.
    """
    locked = locked_inquiry(session, inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    if inquiry.state not in WAITING_INQUIRIES or inquiry.sends_at is not None:
        return
    inquiry.email_id = email_id
    inquiry.sent_date = inquiry.sent_method = inquiry.follow_up_due_on = None
    _back_to_draft(session, locked, inquiry, now)
    _ask_somebody(session, inquiry_id, reason, now)


def note_mail_unknown(session: Session, inquiry_id: int, email_id: int, now: datetime) -> None:
    """The mail may have gone out or not; only a person can find out."""
    inquiry = locked_inquiry(session, inquiry_id).inquiries[inquiry_id]
    inquiry.email_id = email_id
    inquiry.version += 1
    open_task(session, "mail_unknown", inquiry_id, now, {"email_id": email_id})


def _ask_somebody(session: Session, inquiry_id: int, reason: str | None, now: datetime) -> None:
    kind = "mail_bounced" if reason in _CAME_BACK else "mail_failed"
    open_task(session, kind, inquiry_id, now, {"reason": reason or "unknown"})


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
    actor: str,
    now: datetime,
) -> list[Removed]:
    """In the order of the bundle; the history of each search keeps the codes."""
    snapshots = {s.search_id: s for s in read_searches(session, locked.searches)}
    removed = []
    for row in locked.rows_of(inquiry.id):
        reasons = _unmet(snapshots.get(row.platzsuche_id), therapist, now)
        if reasons:
            search, codes = locked.searches[row.platzsuche_id], ", ".join(r.code for r in reasons)
            ref = f"bundle:{inquiry.id}"
            note(session, search, actor, "removed_from_bundle", now, reason=codes, ref=ref)
            session.delete(row)
            inquiry.bundle_size -= 1
            removed.append(Removed(row.platzsuche_id, reasons))
    return removed


def _unmet(
    search: SearchSnapshot | None, therapist: TherapistSnapshot, now: datetime
) -> tuple[Unmet, ...]:
    if search is None:  # nothing is known of the patient any more
        return (Unmet("not_found", {}),)
    if search.status != SearchStatus.ACTIVE:
        return (Unmet("search_not_active", {"status": search.status}),)
    unmet = unmet_constraints(pair_of(search, therapist, berlin_day(now)))
    return tuple(Unmet(one.code, one.detail) for one in unmet)


def _smallest(inquiry: Therapeutenanfrage, rules: BundleRules) -> int:
    return rules.min_size if inquiry.size_exception is None else 1


def _back_to_draft(
    session: Session,
    locked: LockedInquiries,
    inquiry: Therapeutenanfrage,
    now: datetime,
) -> None:
    inquiry.state, inquiry.sends_at, inquiry.let_go_at = InquiryState.DRAFT, None, None
    inquiry.expires_at = after_working_days(now, DRAFT_KEPT_WORKING_DAYS)
    inquiry.version += 1
    session.flush()
    staying = pending_searches(session, inquiry.id)
    for row in locked.rows_of(inquiry.id):
        if row.platzsuche_id not in staying:  # a draft holds nobody who has left
            session.delete(row)
    inquiry.bundle_size = len(staying)
    session.flush()
    tell_bundle(session, "created", inquiry, staying, now)


def _ways_on(inquiry: Therapeutenanfrage) -> tuple[InquiryState, ...]:
    """Where a person or an answer can still take it; the way back to a draft is over."""
    ways = INQUIRY_MOVES[InquiryState(inquiry.state)]
    return tuple(to for to in ways if to is not InquiryState.DRAFT)


def _let_go(session: Session, inquiry: Therapeutenanfrage, now: datetime) -> None:
    inquiry.sends_at, inquiry.let_go_at = None, now
    session.flush()
    tell_bundle(session, "sent", inquiry, pending_searches(session, inquiry.id), now)
