"""A Platzsuche from its opening to its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matching_service.domain.berlin import berlin_day
from matching_service.domain.errors import (
    ActiveSearchExists,
    NotFound,
    NotQualified,
    SearchNotActive,
    SearchStale,
)
from matching_service.domain.lifecycle import (
    AcceptanceEnd,
    MoveFacts,
    RowStatus,
    SearchEnd,
    SearchStatus,
    check_search_move,
    excludes_therapist,
)
from matching_service.domain.prequalification import unmet_points
from matching_service.storage.locks import lock_around_searches, lock_searches
from matching_service.storage.snapshot_store import read_patient
from matching_service.storage.tables import (
    Platzsuche,
    PlatzsucheContactRequest,
    PlatzsucheExclusion,
    PlatzsucheHistory,
    TherapeutAnfragePatient,
)
from matching_service.use_cases.announcements import tell_search_created, tell_search_moved
from matching_service.use_cases.withdrawals import withdraw_everywhere
from shared.db import constraint_of

SYSTEM = "system"
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


def create_patient_search(
    session: Session,
    patient_id: int,
    *,
    requested_contacts: int,
    notes: str | None,
    override_reason: str | None,
    actor: str,
    now: datetime,
) -> Platzsuche:
    """Raises NotFound, NotQualified, ActiveSearchExists."""
    patient = read_patient(session, patient_id)
    if patient is None:
        raise NotFound("patient", patient_id)
    unmet = unmet_points(patient, berlin_day(now))
    if unmet and override_reason is None:
        raise NotQualified(unmet)
    search = Platzsuche(
        patient_id=patient_id,
        status=SearchStatus.ACTIVE,
        created_at=now,
        requested_at=now,
        waiting_since=now,
        sessions_held=0,
        notes=notes,
        override_reason=override_reason if unmet else None,
        override_by=actor if unmet else None,
        total_requested_contacts=0,
        created_by=actor,
        updated_at=now,
        version=1,
    )
    _insert_the_only_unfinished(session, search)
    _note(session, search, actor, "created", now, reason=search.override_reason)
    _request_contacts(session, search, requested_contacts, None, actor, now)
    tell_search_created(session, search, now)
    return search


def add_contact_request(
    session: Session, search_id: int, count: int, notes: str | None, *, actor: str, now: datetime
) -> tuple[PlatzsucheContactRequest, Platzsuche]:
    """Raises NotFound, SearchNotActive."""
    search = _locked(session, search_id)
    if search.status != SearchStatus.ACTIVE:
        raise SearchNotActive(search_id, search.status)
    request = _request_contacts(session, search, count, notes, actor, now)
    _bump(search, now)
    _note(session, search, actor, "contact_request", now, to=str(count), reason=notes)
    session.flush()
    return request, search


def edit_search(
    session: Session,
    search_id: int,
    changes: Mapping[str, Any],
    expected_version: int | None,
    *,
    actor: str,
    now: datetime,
) -> Platzsuche:
    """Notes and dates of the sessions. Raises NotFound, SearchStale."""
    search = _locked(session, search_id)
    if expected_version not in (None, search.version):
        raise SearchStale(search_id)
    for name, value in changes.items():
        setattr(search, name, value)
    _bump(search, now)
    _note(session, search, actor, "edited", now, to=", ".join(sorted(changes)))
    return search


def move_search(
    session: Session, search_id: int, move: Move, *, actor: str, now: datetime
) -> Platzsuche:
    """Raises NotFound, IllegalTransition, InvalidFields, Contended."""
    locked = lock_around_searches(session, [search_id])
    search = locked.searches.get(search_id)
    if search is None:
        raise NotFound("search", search_id)
    origin = SearchStatus(search.status)
    check_search_move(origin, move.to, _facts(search, move), berlin_day(now))
    search.status = move.to
    search.resume_date = move.resume_date
    if origin is SearchStatus.IN_SESSIONS:
        _leave_sessions(session, search, move, actor, now)
    if move.to in _LEAVING_THE_HUNT:
        withdraw_everywhere(session, locked, [search_id], f"search_{move.to}", now)
    _end(search, move, now)
    _bump(search, now)
    _note(session, search, actor, "moved", now, origin=origin, to=move.to, reason=move.reason)
    session.flush()
    tell_search_moved(session, search, origin, now)
    return search


def enter_sessions(
    session: Session, search: Platzsuche, therapist_id: int, *, actor: str, now: datetime
) -> None:
    """A therapist has accepted. The caller holds the search's lock and tells of the move."""
    today = berlin_day(now)
    origin = SearchStatus(search.status)
    check_search_move(origin, SearchStatus.IN_SESSIONS, MoveFacts(accepted=True), today)
    search.status = SearchStatus.IN_SESSIONS
    search.accepted_at, search.accepted_therapist_id = now, therapist_id
    _bump(search, now)
    _note(
        session,
        search,
        actor,
        "moved",
        now,
        origin=origin,
        to=SearchStatus.IN_SESSIONS,
        ref=f"therapist:{therapist_id}",
    )


def exclude_therapist(
    session: Session,
    search_id: int,
    therapist_id: int,
    reason: str,
    *,
    source: str,
    actor: str,
    now: datetime,
) -> None:
    """Excluding again changes nothing."""
    already = session.scalar(
        select(PlatzsucheExclusion.id).where(
            PlatzsucheExclusion.platzsuche_id == search_id,
            PlatzsucheExclusion.therapist_id == therapist_id,
            PlatzsucheExclusion.removed_at.is_(None),
        )
    )
    if already is None:
        session.add(
            PlatzsucheExclusion(
                platzsuche_id=search_id,
                therapist_id=therapist_id,
                reason=reason,
                source=source,
                excluded_at=now,
                excluded_by=actor,
            )
        )
        session.flush()


def allow_one_more_contact(session: Session, search: Platzsuche, why: str, now: datetime) -> None:
    """For a contact that has happened although the budget is used up."""
    if search.used_contacts >= search.total_requested_contacts:
        _request_contacts(session, search, 1, why, SYSTEM, now)


def _insert_the_only_unfinished(session: Session, search: Platzsuche) -> None:
    try:
        with session.begin_nested():
            session.add(search)
            session.flush()
    except IntegrityError as error:
        if constraint_of(error) != "uq_platzsuche_unfinished":
            raise
        unfinished = select(Platzsuche.id).where(
            Platzsuche.patient_id == search.patient_id,
            Platzsuche.status.in_(["active", "paused", "in_sessions"]),
        )
        raise ActiveSearchExists(session.scalars(unfinished).one()) from None


def _request_contacts(
    session: Session,
    search: Platzsuche,
    count: int,
    notes: str | None,
    actor: str,
    now: datetime,
) -> PlatzsucheContactRequest:
    request = PlatzsucheContactRequest(
        platzsuche_id=search.id,
        requested_count=count,
        requested_date=now,
        created_by=actor,
        notes=notes,
    )
    session.add(request)
    search.total_requested_contacts += count
    session.flush()
    return request


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
    if therapist_id is not None and excludes_therapist(end):
        exclude_therapist(
            session, search.id, therapist_id, end, source="trial", actor=actor, now=now
        )
    if move.to is SearchStatus.ACTIVE:
        search.accepted_at = search.accepted_therapist_id = None
        search.first_meeting_on, search.sessions_held = None, 0


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
        row.ended_at, row.end_reason = now, end
    return search.accepted_therapist_id


def _end(search: Platzsuche, move: Move, now: datetime) -> None:
    if move.to is SearchStatus.SUCCESSFUL:
        search.success_date, search.end_reason = now, SearchEnd.THERAPY_STARTED
        search.first_meeting_on = move.first_meeting_on or search.first_meeting_on
        if move.sessions_held is not None:
            search.sessions_held = move.sessions_held
        search.therapy_starts_on = move.therapy_starts_on or search.therapy_starts_on
    elif move.to is SearchStatus.ABANDONED:
        search.end_reason = move.end_reason


def _locked(session: Session, search_id: int) -> Platzsuche:
    search = lock_searches(session, [search_id]).get(search_id)
    if search is None:
        raise NotFound("search", search_id)
    return search


def _bump(search: Platzsuche, now: datetime) -> None:
    search.version += 1
    search.updated_at = now


def _note(
    session: Session,
    search: Platzsuche,
    actor: str,
    kind: str,
    now: datetime,
    *,
    origin: str | None = None,
    to: str | None = None,
    reason: str | None = None,
    ref: str | None = None,
) -> None:
    session.add(
        PlatzsucheHistory(
            platzsuche_id=search.id,
            at=now,
            actor=actor,
            kind=kind,
            from_=origin,
            to=to,
            reason=reason,
            ref=ref,
        )
    )
