"""Patients come, change and go; every change is told to the other services by id only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from patient_service.domain import patient as words
from patient_service.gateways.places import Place
from patient_service.storage import queries
from patient_service.storage.tables import Patient
from shared.events.outbox import publish

SERVICE = "patient_service"
_BERLIN = ZoneInfo("Europe/Berlin")


class PatientNotFound(Exception):
    def __init__(self, patient_id: int) -> None:
        super().__init__(patient_id)
        self.patient_id = patient_id


class PatientInUse(Exception):
    def __init__(self, search_id: int) -> None:
        super().__init__(search_id)
        self.search_id = search_id


class PatientStale(Exception):
    """Somebody else changed the patient since the caller last read it."""


def create_patient(
    session: Session, fields: Mapping[str, Any], place: Place, *, actor: str, now: datetime
) -> Patient:
    """Raises AliasConflict."""
    patient = Patient(
        **{
            "status": words.OFFEN,
            "group_therapy_preference": False,
            **words.to_columns(fields),
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
    *,
    expected_version: int | None = None,
    actor: str,
    now: datetime,
) -> Patient:
    """Changes the given fields; `place` None leaves the place as it is.

    Raises PatientNotFound, PatientStale, AliasConflict.
    """
    patient = _locked(session, patient_id, expected_version)
    for column, value in words.to_columns(fields).items():
        setattr(patient, column, value)
    if place is not None:
        _settle(patient, place)
    _bump(session, patient, actor, now)
    return patient


def follow_search(session: Session, patient_id: int, search_status: str, now: datetime) -> None:
    """The patient's status follows the state of the search; a deleted patient follows nothing."""
    patient = queries.locked_patient(session, patient_id)
    if patient is None:
        return
    status = words.STATUS_AFTER_SEARCH.get(search_status, words.AUF_DER_SUCHE)
    startdatum = patient.startdatum or now.astimezone(_BERLIN).date()
    if (patient.status, patient.startdatum) == (status, startdatum):
        return
    patient.status, patient.startdatum = status, startdatum
    _bump(session, patient, SERVICE, now)


def place_patient(session: Session, patient_id: int, plz: str, place: Place, now: datetime) -> bool:
    """Fills in a place that was pending, unless the postcode has changed meanwhile."""
    patient = queries.locked_patient(session, patient_id)
    if patient is None or (patient.plz or "") != plz or patient.place_status != "pending":
        return False
    _settle(patient, place)
    _bump(session, patient, SERVICE, now)
    return True


def delete_patient(
    session: Session, patient_id: int, unfinished_search: int | None, now: datetime
) -> None:
    """Raises PatientNotFound, PatientInUse."""
    if unfinished_search is not None:
        raise PatientInUse(unfinished_search)
    patient = _locked(session, patient_id, None)
    patient.version += 1
    _tell(session, "patient.deleted", patient, now)
    session.delete(patient)


def read_patient(session: Session, patient_id: int) -> Patient:
    """Raises PatientNotFound."""
    patient = queries.patient(session, patient_id)
    if patient is None:
        raise PatientNotFound(patient_id)
    return patient


def _locked(session: Session, patient_id: int, expected_version: int | None) -> Patient:
    patient = queries.locked_patient(session, patient_id)
    if patient is None:
        raise PatientNotFound(patient_id)
    if expected_version not in (None, patient.version):
        raise PatientStale
    return patient


def _settle(patient: Patient, place: Place) -> None:
    patient.place_status = place.status
    patient.latitude, patient.longitude = place.latitude, place.longitude


def _bump(session: Session, patient: Patient, actor: str, now: datetime) -> None:
    patient.version += 1
    patient.updated_at, patient.updated_by = now, actor
    _tell(session, "patient.updated", patient, now)


def _tell(session: Session, event: str, patient: Patient, now: datetime) -> None:
    data = {"patient_id": patient.id, "version": patient.version}
    publish(session, SERVICE, event, patient.id, data, now)
