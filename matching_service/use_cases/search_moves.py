"""A Platzsuche moves: paused, resumed, in sessions, at its end."""

from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.errors import IllegalTransition, NotFound
from matching_service.domain.lifecycle import (
    UNFINISHED_SEARCHES,
    AcceptanceEnd,
    MoveFacts,
    RowStatus,
    SearchEnd,
    SearchStatus,
    check_fields_of_move,
    check_search_move,
    excludes_therapist,
)
from matching_service.storage.locks import LockedInquiries, lock_around_searches
from matching_service.storage.merged_therapists import let_nobody_be_merged
from matching_service.storage.tables import Platzsuche, TherapeutAnfragePatient
from matching_service.use_cases.announcements import tell_search_moved
from matching_service.use_cases.conflict_records import let_losers_move_up
from matching_service.use_cases.exclusions import exclude_therapist
from matching_service.use_cases.search_history import SYSTEM, bump, note
from matching_service.use_cases.task_list import close_settled
from matching_service.use_cases.withdrawals import withdraw_everywhere
from shared.contracts.berlin import berlin_day
from shared.db import Contended

_LEAVING_THE_HUNT = {SearchStatus.PAUSED, SearchStatus.ABANDONED}


@dataclass(frozen=True)
class Move:
    """What staff say when they move a search; fields left out stay as the search has them."""

    to: SearchStatus
    reason: str | None = None
    end_reason: str | None = None
    resume_date: date | None = None
    first_meeting_on: date | None = None
    sessions_held: int | None = None
    therapy_starts_on: date | None = None
    patient_continues: bool | None = None

    def given(self) -> list[str]:
        """The fields that only some moves have."""
        names = [field.name for field in fields(self) if field.name not in ("to", "reason")]
        return [name for name in names if getattr(self, name) is not None]


def move_search(
    session: Session, search_id: int, move: Move, *, actor: str, now: datetime
) -> Platzsuche:
    """Raises NotFound, IllegalTransition, InvalidFields, Contended."""
    seen = session.get(Platzsuche, search_id)
    if seen is None:
        raise NotFound("search", search_id)
    locked = _lock(session, seen, move.to)
    search = locked.searches[search_id]
    origin = SearchStatus(search.status)
    check_search_move(origin, move.to, _facts(search, move), berlin_day(now))
    check_fields_of_move(origin, move.to, move.given())
    search.status = move.to
    search.resume_date = move.resume_date
    _end(search, move, now)  # before any query: the database demands the reason with the state
    if origin is SearchStatus.IN_SESSIONS:
        _leave_sessions(session, search, move, actor, now)
    if move.to in _LEAVING_THE_HUNT:
        withdraw_everywhere(session, locked, [search_id], f"search_{move.to}", now)
    bump(search, now)
    note(session, search, actor, "moved", now, origin=origin, to=move.to, reason=move.reason)
    session.flush()
    close_settled(session, now, search_id)
    tell_search_moved(session, search, origin, now)
    return search


def _lock(session: Session, seen: Platzsuche, to: SearchStatus) -> LockedInquiries:
    """Only a trial that fails excludes a therapist, and whom is sure only under the lock."""
    if to is not SearchStatus.ACTIVE:
        return lock_around_searches(session, [seen.id])
    accepted_by = seen.accepted_therapist_id
    if accepted_by is not None:
        let_nobody_be_merged(session, [accepted_by])
    locked = lock_around_searches(session, [seen.id])
    if locked.searches[seen.id].accepted_therapist_id not in (accepted_by, None):
        raise Contended
    return locked


def abandon_search_of_deleted_patient(session: Session, patient_id: int, now: datetime) -> None:
    unfinished = session.scalar(
        select(Platzsuche.id).where(
            Platzsuche.patient_id == patient_id, Platzsuche.status.in_(UNFINISHED_SEARCHES)
        )
    )
    if unfinished is not None:
        move = Move(SearchStatus.ABANDONED, end_reason=SearchEnd.PATIENT_DELETED)
        with suppress(IllegalTransition):  # it has come to its end while we waited for it
            move_search(session, unfinished, move, actor=SYSTEM, now=now)


def enter_sessions(
    session: Session, search: Platzsuche, therapist_id: int, *, actor: str, now: datetime
) -> None:
    """A therapist has accepted. The caller holds the search's lock and tells of the move."""
    today = berlin_day(now)
    origin = SearchStatus(search.status)
    check_search_move(origin, SearchStatus.IN_SESSIONS, MoveFacts(accepted=True), today)
    search.status = SearchStatus.IN_SESSIONS
    search.accepted_at, search.accepted_therapist_id = now, therapist_id
    bump(search, now)
    note(
        session,
        search,
        actor,
        "moved",
        now,
        origin=origin,
        to=SearchStatus.IN_SESSIONS,
        ref=f"therapist:{therapist_id}",
    )


def return_from_sessions(
    session: Session, search: Platzsuche, reason: str, *, actor: str, now: datetime
) -> None:
    """The acceptance was an error and has ended. The caller holds the search's lock."""
    origin, facts = SearchStatus(search.status), MoveFacts(end_reason=AcceptanceEnd.CORRECTION)
    check_search_move(origin, SearchStatus.ACTIVE, facts, berlin_day(now))
    search.status = SearchStatus.ACTIVE
    forget_acceptance(search)
    bump(search, now)
    note(session, search, actor, "moved", now, origin=origin, to=SearchStatus.ACTIVE, reason=reason)
    close_settled(session, now, search.id)
    tell_search_moved(session, search, origin, now)


def _facts(search: Platzsuche, move: Move) -> MoveFacts:
    return MoveFacts(
        end_reason=move.end_reason,
        resume_date=move.resume_date,
        first_meeting_on=move.first_meeting_on or search.first_meeting_on,
        sessions_held=search.sessions_held if move.sessions_held is None else move.sessions_held,
        patient_continues=move.patient_continues,
    )


def _leave_sessions(
    session: Session, search: Platzsuche, move: Move, actor: str, now: datetime
) -> None:
    if move.to is SearchStatus.SUCCESSFUL:
        return
    end = (
        AcceptanceEnd(move.end_reason)
        if move.to is SearchStatus.ACTIVE and move.end_reason
        else AcceptanceEnd.PATIENT_DECLINED
    )
    therapist_id = _end_acceptance(session, search, end, now)
    if move.to is not SearchStatus.ACTIVE:
        return
    if therapist_id is not None and excludes_therapist(end):
        exclude_therapist(
            session, search.id, therapist_id, end, source="trial", actor=actor, now=now
        )
    forget_acceptance(search)
    let_losers_move_up(session, search.id)


def forget_acceptance(search: Platzsuche) -> None:
    search.accepted_at = search.accepted_therapist_id = None
    search.first_meeting_on, search.sessions_held = None, 0
    search.therapy_starts_on = None


def _end_acceptance(
    session: Session, search: Platzsuche, end: AcceptanceEnd, now: datetime
) -> int | None:
    """Returns the therapist whose acceptance ended."""
    row = session.scalar(
        select(TherapeutAnfragePatient).where(
            TherapeutAnfragePatient.platzsuche_id == search.id,
            TherapeutAnfragePatient.status == RowStatus.ACCEPTED,
            TherapeutAnfragePatient.ended_at.is_(None),
        )
    )
    if row is not None:
        leave_seat(row, search, end, now)
    return search.accepted_therapist_id


def leave_seat(
    row: TherapeutAnfragePatient, search: Platzsuche, end: AcceptanceEnd, now: datetime
) -> None:
    """Before the search forgets the acceptance."""
    row.ended_at, row.end_reason = now, end
    row.first_meeting_on = search.first_meeting_on


def _end(search: Platzsuche, move: Move, now: datetime) -> None:
    if move.to is SearchStatus.SUCCESSFUL:
        search.success_date, search.end_reason = now, SearchEnd.THERAPY_STARTED
        search.first_meeting_on = move.first_meeting_on or search.first_meeting_on
        if move.sessions_held is not None:
            search.sessions_held = move.sessions_held
        search.therapy_starts_on = move.therapy_starts_on or search.therapy_starts_on
    elif move.to is SearchStatus.ABANDONED:
        search.end_reason = move.end_reason
