"""Patients follow what happens elsewhere: to their search, and to therapists they refuse."""

from datetime import datetime

from sqlalchemy.orm import Session

from patient_service.domain import patient as words
from patient_service.storage import queries
from patient_service.storage.merged_therapists import (
    patients_excluding,
    remember_merger,
    surviving,
)
from patient_service.use_cases.patients import SERVICE, bump
from shared.contracts.berlin import berlin_day


def follow_search(
    session: Session,
    patient_id: int,
    search_id: int,
    search_status: str,
    *,
    at: datetime,
    now: datetime,
) -> None:
    """The patient's status follows the state of the newest search; a deleted one follows nothing.

    Events of two searches may come in any order, but a patient has one unfinished search at a
    time: what an older one says late is history.
    """
    patient = queries.locked_patient(session, patient_id)
    if patient is None or search_id < (patient.followed_search or 0):
        return
    patient.followed_search = search_id
    status = words.STATUS_AFTER_SEARCH.get(search_status, words.AUF_DER_SUCHE)
    startdatum = patient.startdatum or berlin_day(at)
    if (patient.status, patient.startdatum) == (status, startdatum):
        return
    patient.status, patient.startdatum = status, startdatum
    bump(session, patient, SERVICE, now)


def follow_merger(session: Session, therapist_id: int, merged_into: int, now: datetime) -> None:
    """Who refuses a therapist refuses the record that stands for the same person from now on."""
    remember_merger(session, therapist_id, merged_into)
    for patient in patients_excluding(session, therapist_id):
        excluded = surviving(session, patient.ausgeschlossene_therapeuten)
        patient.ausgeschlossene_therapeuten = excluded
        bump(session, patient, SERVICE, now)
