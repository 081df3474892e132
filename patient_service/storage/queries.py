"""How patients are read. All reads pass here, where reading can be recorded."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from patient_service.storage.tables import Patient
from shared.http.search import matching


def patients(filters: Mapping[str, Any]) -> "Select[Any]":
    """`filters` may hold status, q, plz_prefix and after_id."""
    rows = select(Patient)
    if status := filters.get("status"):
        rows = rows.where(Patient.status == status)
    if q := filters.get("q"):
        rows = matching(rows, Patient, q)
    if prefix := filters.get("plz_prefix"):
        rows = rows.where(Patient.plz.startswith(prefix, autoescape=True))
    if after := filters.get("after_id"):
        rows = rows.where(Patient.id > after)
    return rows


def patient(session: Session, patient_id: int) -> Patient | None:
    return session.get(Patient, patient_id)


def locked_patient(session: Session, patient_id: int) -> Patient | None:
    return session.get(Patient, patient_id, with_for_update={"key_share": True})


def patients_by_id(session: Session, ids: Sequence[int]) -> Sequence[Patient]:
    return session.scalars(select(Patient).where(Patient.id.in_(ids)).order_by(Patient.id)).all()


def unplaced_patients(session: Session, at_most: int) -> Sequence[Patient]:
    """Patients whose place could not be asked for yet."""
    rows = select(Patient).where(Patient.place_status == "pending").order_by(Patient.id)
    return session.scalars(rows.limit(at_most)).all()
