"""Whom to compare somebody with, found by index; only what is compared is read."""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from patient_service.domain.duplicates import Person
from patient_service.storage.tables import Patient

_COMPARED = (
    Patient.id,
    Patient.vorname,
    Patient.nachname,
    Patient.geburtsdatum,
    Patient.plz,
    Patient.source,
    Patient.external_id,
)


def candidates(session: Session, person: Person) -> dict[int, Person]:
    """By id: the same birth date; one unknown and the same postcode; the same id at the source."""
    rows = select(*_COMPARED).where(or_(false(), *_nets(person))).order_by(Patient.id)
    return {row.id: _person(row) for row in session.execute(rows)}


def known_person(session: Session, patient_id: int) -> Person | None:
    row = session.execute(select(*_COMPARED).where(Patient.id == patient_id)).one_or_none()
    return None if row is None else _person(row)


def _nets(person: Person) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if person.geburtsdatum is not None:
        found.append(Patient.geburtsdatum == person.geburtsdatum)
    if person.plz:
        nearby = Patient.plz == person.plz
        is_undated = Patient.geburtsdatum.is_(None)
        found.append(nearby if person.geburtsdatum is None else and_(nearby, is_undated))
    if person.external_id:
        found.append(_from_the_same_source(person))
    return found


def _from_the_same_source(person: Person) -> ColumnElement[bool]:
    source = Patient.source.is_not_distinct_from(person.source)
    return and_(Patient.external_id == person.external_id, source)


def _person(row: Any) -> Person:
    _, *compared = row
    return Person(*compared)
