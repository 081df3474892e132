"""How searches and inquiries are read for people."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, Integer, Row, Select, any_, bindparam, func, select
from sqlalchemy.orm import Session

from matching_service.domain.lifecycle import OPEN_INQUIRIES, UNFINISHED_SEARCHES
from matching_service.storage.tables import (
    PatientRow,
    Platzsuche,
    PlatzsucheHistory,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)


def searches(filters: Mapping[str, Any], now: datetime) -> "Select[Any]":
    """`filters`: status, patient_id, unfinished, plz_prefix, waiting_longer_than_days."""
    rows = select(*Platzsuche.__table__.c)
    if status := filters.get("status"):
        rows = rows.where(Platzsuche.status == status)
    if patient_id := filters.get("patient_id"):
        rows = rows.where(Platzsuche.patient_id == patient_id)
    if filters.get("unfinished"):
        rows = rows.where(Platzsuche.status.in_(UNFINISHED_SEARCHES))
    if prefix := filters.get("plz_prefix"):
        there = select(PatientRow.patient_id)
        there = there.where(PatientRow.plz.startswith(prefix, autoescape=True))
        rows = rows.where(Platzsuche.patient_id == any_(func.array(there.scalar_subquery())))
    if days := filters.get("waiting_longer_than_days"):
        rows = rows.where(Platzsuche.waiting_since < now - timedelta(days=days))
    return rows


def inquiries(filters: Mapping[str, Any]) -> "Select[Any]":
    """`filters`: therapist_id, search_id, state, open, needs_follow_up (a date: due by then)."""
    rows = select(*Therapeutenanfrage.__table__.c)
    if therapist_id := filters.get("therapist_id"):
        rows = rows.where(Therapeutenanfrage.therapist_id == therapist_id)
    if search_id := filters.get("search_id"):
        inside = select(TherapeutAnfragePatient.therapeutenanfrage_id)
        inside = inside.where(TherapeutAnfragePatient.platzsuche_id == search_id)
        rows = rows.where(Therapeutenanfrage.id.in_(inside))
    if state := filters.get("state"):
        rows = rows.where(Therapeutenanfrage.state == state)
    if filters.get("open"):
        rows = rows.where(Therapeutenanfrage.state.in_(OPEN_INQUIRIES))
    if due := filters.get("needs_follow_up"):
        rows = rows.where(
            Therapeutenanfrage.state == "sent", Therapeutenanfrage.follow_up_due_on <= due
        )
    return rows


def inquiries_by_id(session: Session, ids: Sequence[int]) -> "Sequence[Row[Any]]":
    """In the order of the ids."""
    found = session.connection().execute(_INQUIRIES_BY_ID, {"ids": ids})
    place = {inquiry_id: position for position, inquiry_id in enumerate(ids)}
    return sorted(found, key=lambda inquiry: place[inquiry.id])


def rows_of(session: Session, inquiry_ids: Sequence[int]) -> "dict[int, list[Row[Any]]]":
    """The patients of each inquiry in their order."""
    grouped: dict[int, list[Row[Any]]] = defaultdict(list)
    for found in session.connection().execute(_ROWS_OF, {"ids": inquiry_ids}):
        grouped[found.therapeutenanfrage_id].append(found)
    return grouped


def history(search_id: int) -> "Select[Any]":
    return select(PlatzsucheHistory).where(PlatzsucheHistory.platzsuche_id == search_id)


_IDS = any_(bindparam("ids", type_=ARRAY(Integer)))
_INQUIRIES_BY_ID = select(*Therapeutenanfrage.__table__.c).where(Therapeutenanfrage.id == _IDS)
_ROWS_OF = (
    select(*TherapeutAnfragePatient.__table__.c)
    .where(TherapeutAnfragePatient.therapeutenanfrage_id == _IDS)
    .order_by(TherapeutAnfragePatient.position_in_bundle, TherapeutAnfragePatient.id)
)
