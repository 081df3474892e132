"""What is read to find out who may have been written down twice."""

from typing import Any

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import Session

from therapist_service.storage.tables import Therapist

_dialled = func.therapist_service.dialled(Therapist.telefon)
_CLUES = (
    Therapist.id,
    Therapist.vorname,
    Therapist.nachname,
    Therapist.strasse,
    Therapist.plz,
    Therapist.email,
    _dialled.label("dialled"),
)


def dialled(session: Session, telefon: str | None) -> str | None:
    """The digits by which the database compares phone numbers, after a space."""
    return session.scalar(select(func.therapist_service.dialled(telefon)))


def possible_duplicates(
    session: Session, *, plz: str, email: str, dialled: str
) -> list[dict[str, Any]]:
    """Everybody at the postcode, the address or the number; "" is none."""
    near = [
        Therapist.plz == plz if plz else false(),
        func.lower(Therapist.email) == email if email else false(),
        _dialled == f" {dialled}" if dialled else false(),
    ]
    return _read(session, _rows().where(or_(*near)))


def clues_near(session: Session, plz_prefix: str) -> list[dict[str, Any]]:
    """Of everybody when the prefix is empty."""
    near = Therapist.plz.startswith(plz_prefix, autoescape=True)
    return _read(session, _rows().where(near) if plz_prefix else _rows())


def _read(session: Session, rows: "Select[Any]") -> list[dict[str, Any]]:
    return [dict(row) for row in session.execute(rows).mappings()]


def _rows() -> "Select[Any]":
    return select(*_CLUES).order_by(Therapist.id)
