"""A Platzsuche is opened, gets contacts, and is edited."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matching_service.domain.errors import (
    ActiveSearchExists,
    FieldError,
    InvalidFields,
    NotFound,
    NotQualified,
    SearchNotActive,
    SearchStale,
)
from matching_service.domain.lifecycle import UNFINISHED_SEARCHES, SearchStatus
from matching_service.domain.prequalification import unmet_points
from matching_service.storage.locks import lock_searches
from matching_service.storage.planning_state import read_patient
from matching_service.storage.tables import (
    Platzsuche,
    PlatzsucheContactRequest,
)
from matching_service.use_cases.announcements import tell_search_created
from matching_service.use_cases.search_history import SYSTEM, bump, note
from matching_service.use_cases.task_list import close_settled
from shared.contracts.berlin import berlin_day
from shared.db import constraint_of

_OF_SESSIONS = ("first_meeting_on", "sessions_held", "therapy_starts_on")


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
    note(session, search, actor, "created", now, reason=search.override_reason)
    if unmet:
        codes = ", ".join(point.code for point in unmet)
        note(session, search, actor, "overridden", now, to=codes, reason=override_reason)
    request_contacts(session, search, requested_contacts, None, actor, now)
    tell_search_created(session, search, now)
    return search


def add_contact_request(
    session: Session, search_id: int, count: int, notes: str | None, *, actor: str, now: datetime
) -> tuple[PlatzsucheContactRequest, Platzsuche]:
    """Raises NotFound, SearchNotActive."""
    search = _locked(session, search_id)
    if search.status != SearchStatus.ACTIVE:
        raise SearchNotActive(search_id, search.status)
    request = request_contacts(session, search, count, notes, actor, now)
    bump(search, now)
    note(session, search, actor, "contact_request", now, to=str(count), reason=notes)
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
    """Notes and dates of the sessions. Raises NotFound, SearchStale, InvalidFields."""
    search = _locked(session, search_id)
    if expected_version not in (None, search.version):
        raise SearchStale(search_id)
    _require_acceptance(search, changes)
    for name, value in changes.items():
        setattr(search, name, value)
    _require_dates_of_success(search)
    bump(search, now)
    note(session, search, actor, "edited", now, to=", ".join(sorted(changes)))
    close_settled(session, now, search_id)
    return search


def allow_one_more_contact(session: Session, search: Platzsuche, why: str, now: datetime) -> None:
    """For a contact that has happened although the budget is used up."""
    if search.used_contacts >= search.total_requested_contacts:
        request_contacts(session, search, 1, why, SYSTEM, now)


def request_contacts(
    session: Session,
    search: Platzsuche,
    count: int,
    notes: str | None,
    actor: str,
    now: datetime,
) -> PlatzsucheContactRequest:
    """Raises the search's budget; the caller holds its lock."""
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
            Platzsuche.status.in_(UNFINISHED_SEARCHES),
        )
        raise ActiveSearchExists(session.scalars(unfinished).one()) from None


def _require_acceptance(search: Platzsuche, changes: Mapping[str, Any]) -> None:
    """Sessions are held with the therapist who has accepted: before that there is none."""
    if search.accepted_at is None:
        told = [name for name in _OF_SESSIONS if changes.get(name)]
        if told:
            raise InvalidFields(FieldError(name, "without_acceptance") for name in told)


def _require_dates_of_success(search: Platzsuche) -> None:
    """What made a search successful may be corrected and not taken away."""
    if search.status != SearchStatus.SUCCESSFUL:
        return
    errors = [
        *([] if search.first_meeting_on else [FieldError("first_meeting_on", "required")]),
        *([] if search.sessions_held else [FieldError("sessions_held", "at_least_one")]),
    ]
    if errors:
        raise InvalidFields(errors)


def _locked(session: Session, search_id: int) -> Platzsuche:
    search = lock_searches(session, [search_id]).get(search_id)
    if search is None:
        raise NotFound("search", search_id)
    return search
