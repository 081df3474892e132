"""The register of contacts with patients and about them, to which rows are only added."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Select, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from patient_service.storage.merged_therapists import survivors
from patient_service.storage.tables import Contact, Patient


def add_contact(session: Session, contact: Mapping[str, Any]) -> Contact | None:
    """None when its event, or its mail, is written down already."""
    note = insert(Contact).values(**contact).on_conflict_do_nothing().returning(Contact)
    return session.scalars(note).one_or_none()


def add_about(session: Session, patient_ids: Collection[int], contact: Mapping[str, Any]) -> None:
    """The same for each of these patients who still exists."""
    columns = [Contact.__table__.c[name] for name in contact]
    values = [
        literal(value, column.type) for value, column in zip(contact.values(), columns, strict=True)
    ]
    present = select(Patient.id, *values).where(Patient.id.in_(patient_ids)).order_by(Patient.id)
    present = present.with_for_update(read=True, key_share=True, of=Patient)
    new = insert(Contact).from_select(["patient_id", *contact], present)
    session.execute(new.on_conflict_do_nothing())


def name_survivors(session: Session, contacts: Iterable[Contact]) -> None:
    """Whoever reads the log can look up whom a contact was with; the rows stay as they are."""
    with_therapists = [(one, one.therapist_id) for one in contacts if one.therapist_id is not None]
    stand_for = survivors(session, {told for _, told in with_therapists})
    for one, told in with_therapists:
        set_committed_value(one, "therapist_id", stand_for.get(told, told))


def contacts_of(patient_id: int) -> "Select[Any]":
    return select(Contact).where(Contact.patient_id == patient_id)


def contact(session: Session, contact_id: int) -> Contact:
    return session.get_one(Contact, contact_id)
