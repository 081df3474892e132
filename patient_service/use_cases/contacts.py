"""Contacts with a patient, and with practices about one: written down once and never changed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from patient_service.domain.plausibility import Fault, Implausible
from patient_service.storage import contacts, queries
from patient_service.storage.tables import Contact, Patient
from patient_service.use_cases.patients import SERVICE, bump, locked_patient
from shared.contracts.berlin import berlin_day
from shared.contracts.contact_news import HAPPENED, ContactKind, ContactNews


@dataclass(frozen=True)
class Happened:
    """`channel` and `direction` are words of domain/contact.py; `at` None means just now."""

    channel: str
    direction: str
    at: datetime | None = None
    note: str | None = None


@dataclass(frozen=True)
class ToldContact:
    """What an event has told of a contact."""

    event_id: UUID
    news: ContactNews


def record_contact(
    session: Session, patient_id: int, happened: Happened, *, actor: str, now: datetime
) -> Contact:
    """The day of the last contact moves on with it, never back. Raises PatientNotFound,
    Implausible."""
    at = happened.at or now
    if at > now:
        raise Implausible([Fault("at", "in_the_future")])
    patient = locked_patient(session, patient_id)
    if patient.geburtsdatum is not None and berlin_day(at) < patient.geburtsdatum:
        raise Implausible([Fault("at", "before_birth")])
    noted = {**asdict(happened), "kind": ContactKind.NOTED, "at": at, "actor": actor}
    contact = contacts.add_contact(
        session, {**noted, "patient_id": patient_id, "recorded_by": actor}
    )
    assert contact is not None, "only what an event tells can be known already"
    _move_on(session, patient, at, actor, now)
    return contact


def log_told_contacts(session: Session, told: Sequence[ToldContact], now: datetime) -> None:
    """Each event once, however often it comes; deleted patients are left out.

    Patients who were written to are locked first and in their order, so that two who log several
    never wait for each other.
    """
    addressed = [(one.news.patient_id, one) for one in told if one.news.patient_id is not None]
    for patient_id, one in sorted(addressed, key=lambda pair: pair[0]):
        _log_with(session, patient_id, one, now)
    for one in told:
        if one.news.about and one.news.therapist_id is not None:
            columns = {**_columns(one), "therapist_id": one.news.therapist_id}
            contacts.add_about(session, one.news.about, columns)


def _log_with(session: Session, patient_id: int, told: ToldContact, now: datetime) -> None:
    patient = queries.locked_patient(session, patient_id)
    if patient is None:
        return
    new = contacts.add_contact(session, {**_columns(told), "patient_id": patient_id})
    if new is not None and told.news.kind in HAPPENED:
        _move_on(session, patient, told.news.at, SERVICE, now)


def _columns(told: ToldContact) -> dict[str, Any]:
    news = told.news
    return {
        "event_id": told.event_id,
        "kind": news.kind,
        "at": news.at,
        "channel": news.channel,
        "direction": news.direction,
        "ref": news.ref,
        "detail": news.detail,
        "actor": news.actor,
        "recorded_by": SERVICE,
    }


def _move_on(session: Session, patient: Patient, at: datetime, actor: str, now: datetime) -> None:
    if patient.letzter_kontakt is None or patient.letzter_kontakt < berlin_day(at):
        patient.letzter_kontakt = berlin_day(at)
        bump(session, patient, actor, now)
