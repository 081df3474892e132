"""The register of contacts with patients, to which rows are only added."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from patient_service.storage.tables import Contact


def noted_once(session: Session, contact: Mapping[str, Any]) -> Contact:
    """A new row, or the one that bears the same `ref` for the same patient."""
    note = insert(Contact).values(**contact).on_conflict_do_nothing().returning(Contact)
    return (
        session.scalars(note).one_or_none()
        or session.scalars(
            select(Contact).where(
                Contact.patient_id == contact["patient_id"], Contact.ref == contact["ref"]
            )
        ).one()
    )


def contacts_of(patient_id: int) -> "Select[Any]":
    return select(Contact).where(Contact.patient_id == patient_id)


def contact(session: Session, contact_id: int) -> Contact:
    return session.get_one(Contact, contact_id)
