"""Staff keep the list of therapists that a search must not be offered to."""

from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.domain.errors import ExcludedByPatient, NotFound, SearchNotActive
from matching_service.domain.lifecycle import UNFINISHED_SEARCHES
from matching_service.storage.locks import lock_around_searches, lock_searches
from matching_service.storage.merged_therapists import let_nobody_be_merged
from matching_service.storage.tables import PatientRow, Platzsuche, TherapistRow
from matching_service.use_cases.exclusions import end_exclusion, exclude_therapist, own_exclusion
from matching_service.use_cases.search_history import bump
from matching_service.use_cases.withdrawals import withdraw_from_therapist


def exclude_for_search(
    session: Session, search_id: int, therapist_id: int, reason: str, *, actor: str, now: datetime
) -> Platzsuche:
    """An open inquiry to the therapist loses the search at once. Again changes nothing.

    Raises NotFound, SearchNotActive, Contended.
    """
    let_nobody_be_merged(session, [therapist_id])
    _require_known(session, therapist_id)
    locked = lock_around_searches(session, [search_id])
    search = _unfinished(locked.searches.get(search_id), search_id)
    excluded = exclude_therapist(
        session, search_id, therapist_id, reason, source="staff", actor=actor, now=now
    )
    if excluded is not None:
        bump(search, now)
        withdraw_from_therapist(session, locked, [search.id], excluded, actor, now)
    return search


def allow_again(
    session: Session, search_id: int, therapist_id: int, *, actor: str, now: datetime
) -> Platzsuche:
    """Ends the search's own exclusion; one that does not exist is no error.

    Raises NotFound, SearchNotActive, ExcludedByPatient (that list is kept with the patient).
    """
    search = _unfinished(lock_searches(session, [search_id]).get(search_id), search_id)
    exclusion = own_exclusion(session, search_id, therapist_id)
    if exclusion is None:
        _refuse_if_excluded_by_patient(session, search, therapist_id)
        _require_known(session, therapist_id)
        return search
    end_exclusion(session, exclusion, actor, now)
    return search


def _unfinished(search: Platzsuche | None, search_id: int) -> Platzsuche:
    if search is None:
        raise NotFound("search", search_id)
    if search.status not in UNFINISHED_SEARCHES:
        raise SearchNotActive(search_id, search.status)
    return search


def _require_known(session: Session, therapist_id: int) -> None:
    therapist = session.get(TherapistRow, therapist_id)
    if therapist is None or therapist.deleted:
        raise NotFound("therapist", therapist_id)


def _refuse_if_excluded_by_patient(session: Session, search: Platzsuche, therapist_id: int) -> None:
    patient = session.get(PatientRow, search.patient_id, populate_existing=True)
    if patient is not None and therapist_id in patient.excluded_therapists:
        raise ExcludedByPatient(therapist_id, search.patient_id)
