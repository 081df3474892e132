"""Contacts between a patient and the house are noted once and never changed."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from patient_service.domain.plausibility import Fault, Implausible
from patient_service.storage import contacts
from patient_service.storage.tables import Contact
from patient_service.use_cases.patients import bump, locked_patient
from shared.contracts.berlin import berlin_day


@dataclass(frozen=True)
class Happened:
    """`channel` and `direction` are words of domain/contact.py; `at` None means just now.

    `ref` names what else tells of this contact, as in `email:12`.
    """

    channel: str
    direction: str
    at: datetime | None = None
    note: str | None = None
    ref: str | None = None


def record_contact(
    session: Session, patient_id: int, happened: Happened, *, actor: str, now: datetime
) -> Contact:
    """Notes a contact, or finds what was noted under its `ref`.

    The day of the last contact moves on with it, never back. Raises PatientNotFound, Implausible.
    """
    at = happened.at or now
    if at > now:
        raise Implausible([Fault("at", "in_the_future")])
    patient = locked_patient(session, patient_id)
    noted = {**asdict(happened), "at": at, "patient_id": patient_id, "recorded_by": actor}
    contact = contacts.noted_once(session, noted)
    if patient.letzter_kontakt is None or patient.letzter_kontakt < berlin_day(at):
        patient.letzter_kontakt = berlin_day(at)
        bump(session, patient, actor, now)
    return contact
