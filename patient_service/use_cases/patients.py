"""Patients come, change and go; every change is told to the other services by id only."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from patient_service.domain import patient as words
from patient_service.domain.plausibility import Implausible, implausible
from patient_service.gateways.places import Place
from patient_service.storage import queries
from patient_service.storage.merged_therapists import surviving
from patient_service.storage.tables import Patient
from shared.contracts.berlin import berlin_day
from shared.events.outbox import publish

SERVICE = "patient_service"

UnfinishedSearch = Callable[[], int | None]
"""The id of the patient's unfinished search, as matching said; may raise that it said nothing."""


class PatientNotFound(Exception):
    def __init__(self, patient_id: int) -> None:
        super().__init__(patient_id)
        self.patient_id = patient_id


class PatientInUse(Exception):
    def __init__(self, search_id: int) -> None:
        super().__init__(search_id)
        self.search_id = search_id


class StatusFollowsSearch(Exception):
    """While a search is unfinished the patient's status is not ours to write."""

    def __init__(self, search_id: int) -> None:
        super().__init__(search_id)
        self.search_id = search_id


class PatientStale(Exception):
    """Somebody else changed the patient since the caller last read it."""


def create_patient(
    session: Session, fields: Mapping[str, Any], place: Place, *, actor: str, now: datetime
) -> Patient:
    """With any status: the old stock is brought in with the one it has. Raises Implausible."""
    patient = Patient(
        **{
            "status": words.OFFEN,
            "group_therapy_preference": False,
            **_plausible(_with_survivors(session, fields), {}, now),
        },
        created_at=now,
        created_by=actor,
        updated_at=now,
        updated_by=actor,
        version=1,
    )
    _settle(patient, place)
    session.add(patient)
    session.flush()
    _tell(session, "patient.created", patient, now)
    return patient


def update_patient(
    session: Session,
    patient_id: int,
    fields: Mapping[str, Any],
    place: Place | None,
    unfinished_search: UnfinishedSearch,
    *,
    expected_version: int | None = None,
    actor: str,
    now: datetime,
) -> Patient:
    """Changes the given fields, and the place with the postcode. No change, no version.

    Raises PatientNotFound, PatientStale, Implausible, StatusFollowsSearch, and what
    `unfinished_search` raises, which is called only when the status would become another.
    """
    said = _with_survivors(session, fields)  # its lock comes before the patient's, as in a merger
    patient = locked_patient(session, patient_id, expected_version)
    columns = _plausible(said, vars(patient), now)
    _leave_status_to_search(patient, columns, unfinished_search)
    moves = columns.get("plz", patient.plz) != patient.plz
    for column, value in columns.items():
        setattr(patient, column, value)
    if place is not None and moves:
        _settle(patient, place)
    if session.is_modified(patient):
        bump(session, patient, actor, now)
    return patient


def place_patient(session: Session, patient_id: int, plz: str, place: Place, now: datetime) -> bool:
    """Fills in a place that was pending, unless the postcode has changed meanwhile."""
    patient = queries.locked_patient(session, patient_id)
    if patient is None or (patient.plz or "") != plz or patient.place_status != "pending":
        return False
    _settle(patient, place)
    bump(session, patient, SERVICE, now)
    return True


def delete_patient(
    session: Session, patient_id: int, unfinished_search: int | None, now: datetime
) -> None:
    """Raises PatientNotFound, PatientInUse."""
    if unfinished_search is not None:
        raise PatientInUse(unfinished_search)
    patient = locked_patient(session, patient_id)
    patient.version += 1
    _tell(session, "patient.deleted", patient, now)
    session.delete(patient)


def read_patient(session: Session, patient_id: int) -> Patient:
    """Raises PatientNotFound."""
    patient = queries.patient(session, patient_id)
    if patient is None:
        raise PatientNotFound(patient_id)
    return patient


def locked_patient(
    session: Session, patient_id: int, expected_version: int | None = None
) -> Patient:
    """Raises PatientNotFound, PatientStale."""
    patient = queries.locked_patient(session, patient_id)
    if patient is None:
        raise PatientNotFound(patient_id)
    if expected_version not in (None, patient.version):
        raise PatientStale
    return patient


def bump(session: Session, patient: Patient, actor: str, now: datetime) -> None:
    """A changed patient has a new version, and the others hear of it. Needs the patient's lock."""
    patient.version += 1
    patient.updated_at, patient.updated_by = now, actor
    _tell(session, "patient.updated", patient, now)


def _with_survivors(session: Session, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    excluded = fields.get("ausgeschlossene_therapeuten")
    if not excluded:
        return fields
    return {**fields, "ausgeschlossene_therapeuten": surviving(session, excluded)}


def _plausible(
    fields: Mapping[str, Any], before: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    columns, faults = words.to_columns(fields)
    faults += implausible(columns, before, berlin_day(now))
    if faults:
        raise Implausible(faults)
    return columns


def _leave_status_to_search(
    patient: Patient, columns: Mapping[str, Any], unfinished_search: UnfinishedSearch
) -> None:
    """Matching was asked before this transaction; a search may have begun since then.

    Its event is handled after us, and the status follows it; or it was handled between the question
    and our lock, and for a moment a v1 client, who says no version, may write over it what staff
    saw before. The next event of the search puts that right: the last one wins.
    """
    if columns.get("status", patient.status) == patient.status:
        return
    search_id = unfinished_search()
    if search_id is not None:
        raise StatusFollowsSearch(search_id)


def _settle(patient: Patient, place: Place) -> None:
    patient.place_status = place.status
    patient.latitude, patient.longitude = place.latitude, place.longitude


def _tell(session: Session, event: str, patient: Patient, now: datetime) -> None:
    data = {"patient_id": patient.id, "version": patient.version}
    publish(session, SERVICE, event, patient.id, data, now)
