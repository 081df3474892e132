"""A person settles what two acceptances for one patient come to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.domain.conflicts import ConflictState, Resolution, check_resolution
from matching_service.domain.errors import (
    FieldError,
    IllegalTransition,
    InvalidFields,
    NotFound,
)
from matching_service.domain.lifecycle import AcceptanceEnd, RowStatus, SearchStatus
from matching_service.storage.locks import LockedInquiries, lock_around_searches
from matching_service.storage.merged_therapists import let_nobody_be_merged
from matching_service.storage.tables import (
    Conflict,
    Mailbox,
    Platzsuche,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)
from matching_service.use_cases.alternatives import require_fitting, require_not_excluded
from matching_service.use_cases.announcements import tell_bundle, tell_search_moved
from matching_service.use_cases.conflict_records import live_acceptance, settle, yield_to
from matching_service.use_cases.outcomes import place, sum_up, take_seat
from matching_service.use_cases.search_history import bump, note
from matching_service.use_cases.search_moves import Move, forget_acceptance, leave_seat, move_search
from matching_service.use_cases.task_list import close_settled
from matching_service.use_cases.tasks import open_task
from shared.db import Contended

TELL_PRACTICE = "inform_practice"
ALTERNATIVE_OFFERED = "alternative_offered"


@dataclass(frozen=True)
class Decision:
    resolution: Resolution
    notes: str | None = None
    alternative_search_id: int | None = None


@dataclass(frozen=True)
class _Case:
    """A conflict with everything that its end may touch, locked."""

    session: Session
    locked: LockedInquiries
    conflict: Conflict
    decision: Decision
    actor: str
    now: datetime

    @property
    def search(self) -> Platzsuche:
        return self.locked.searches[self.conflict.platzsuche_id]

    @property
    def loser(self) -> TherapeutAnfragePatient:
        return next(row for row in self.locked.rows if row.id == self.conflict.loser_row_id)

    @property
    def late_inquiry(self) -> Therapeutenanfrage:
        return self.locked.inquiries[self.conflict.loser_inquiry_id]


def resolve_conflict(
    session: Session, conflict_id: int, decision: Decision, *, actor: str, now: datetime
) -> Conflict:
    """The first decision holds; the same one again changes nothing.

    Raises NotFound, IllegalTransition, InvalidFields, Contended.
    """
    conflict, locked = _lock(session, conflict_id)
    if conflict.state == ConflictState.RESOLVED:
        if _decided(conflict) != decision:
            raise IllegalTransition(conflict.state, decision.resolution, ())
        return conflict
    case = _Case(session, locked, conflict, decision, actor, now)
    check_resolution(SearchStatus(case.search.status), decision.resolution)
    match decision.resolution:
        case Resolution.KEEP:
            _tell_practice(case, case.late_inquiry.id)
        case Resolution.SWAP:
            _swap(case)
        case Resolution.OFFERED_ALTERNATIVE:
            _offer(case)
        case Resolution.THERAPIST_INFORMED | Resolution.MOOT:
            pass
    settle(session, conflict, decision.resolution, decision.notes, actor, now)
    _note(case, case.search, "conflict_resolved", decision.resolution)
    session.flush()
    return conflict


def _lock(session: Session, conflict_id: int) -> tuple[Conflict, LockedInquiries]:
    """The lock of the search guards its conflicts; who has the place is sure only under it."""
    seen = session.get(Conflict, conflict_id)
    if seen is None:
        raise NotFound("conflict", conflict_id)
    late = session.get_one(Therapeutenanfrage, seen.loser_inquiry_id)
    let_nobody_be_merged(session, [late.therapist_id])
    holder = live_acceptance(session, seen.platzsuche_id)
    inquiries = [seen.loser_inquiry_id, *([holder.therapeutenanfrage_id] if holder else [])]
    locked = lock_around_searches(session, [seen.platzsuche_id], *inquiries)
    conflict = session.get_one(Conflict, conflict_id, populate_existing=True)
    holder = live_acceptance(session, seen.platzsuche_id)
    if holder is not None and holder.therapeutenanfrage_id not in locked.inquiries:
        raise Contended
    return conflict, locked


def _decided(conflict: Conflict) -> Decision:
    return Decision(
        Resolution(conflict.resolution or ""), conflict.notes, conflict.alternative_search_id
    )


def _swap(case: _Case) -> None:
    """The late therapist gets the patient; from whoever had the place it is taken."""
    require_not_excluded(case.session, case.search.id, case.late_inquiry.therapist_id, case.now)
    holder = live_acceptance(case.session, case.search.id)
    if holder is None:
        if case.search.status == SearchStatus.PAUSED:
            move = Move(SearchStatus.ACTIVE, reason=case.conflict.kind)
            move_search(case.session, case.search.id, move, actor=case.actor, now=case.now)
        place(case.session, case.locked, case.loser, case.actor, case.now)
    else:
        _change_seats(case, holder)
        _tell_summary(case, case.locked.inquiries[holder.therapeutenanfrage_id])
        _tell_practice(case, holder.therapeutenanfrage_id)
    _tell_summary(case, case.late_inquiry)


def _change_seats(case: _Case, holder: TherapeutAnfragePatient) -> None:
    search, therapist_id = case.search, case.late_inquiry.therapist_id
    holder.status = RowStatus.CONFLICT
    leave_seat(holder, search, AcceptanceEnd.PATIENT_DECLINED, case.now)
    case.session.flush()  # before the other row: one acceptance at a time
    take_seat(case.loser, case.now)
    forget_acceptance(search)
    search.accepted_at, search.accepted_therapist_id = case.now, therapist_id
    bump(search, case.now)
    close_settled(case.session, case.now, search.id)
    yield_to(case.session, case.loser)
    tell_search_moved(case.session, search, search.status, case.now)


def _offer(case: _Case) -> None:
    """The practice was told of another patient; what it says is recorded when it says it."""
    offered = case.decision.alternative_search_id
    if offered is None:
        raise InvalidFields([FieldError("alternative_search_id", "required")])
    if offered == case.search.id:
        raise InvalidFields([FieldError("alternative_search_id", "same_patient")])
    require_fitting(case.session, offered, case.late_inquiry.therapist_id, case.now)
    case.conflict.alternative_search_id = offered
    detail: dict[str, object] = {"search_id": offered}
    open_task(
        case.session,
        ALTERNATIVE_OFFERED,
        case.conflict.id,
        case.now,
        detail,
        about=Conflict.__tablename__,
    )
    _note(case, case.session.get_one(Platzsuche, offered), ALTERNATIVE_OFFERED, None)


def _tell_practice(case: _Case, inquiry_id: int) -> None:
    """Somebody has to tell the practice that the patient goes elsewhere."""
    detail: dict[str, object] = {"search_id": case.search.id, "conflict_id": case.conflict.id}
    open_task(case.session, TELL_PRACTICE, inquiry_id, case.now, detail)


def _tell_summary(case: _Case, inquiry: Therapeutenanfrage) -> None:
    """A row has changed its status: what the inquiry amounts to is told again."""
    rows = case.locked.rows_of(inquiry.id)
    sum_up(inquiry, rows)
    case.session.flush()
    tell_bundle(
        case.session,
        "responded",
        inquiry,
        [row.platzsuche_id for row in rows],
        case.now,
        next_contactable_date=case.session.get_one(
            Mailbox, inquiry.mailbox_id
        ).next_contactable_date,
    )


def _note(case: _Case, search: Platzsuche, kind: str, to: str | None) -> None:
    note(
        case.session,
        search,
        case.actor,
        kind,
        case.now,
        to=to,
        reason=case.decision.notes,
        ref=f"conflict:{case.conflict.id}",
    )
