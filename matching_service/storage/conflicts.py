"""How acceptances that came too late are read for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from matching_service.storage.tables import (
    Conflict,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)


def conflicts(filters: Mapping[str, Any]) -> "Select[Any]":
    """`filters`: kind, state, search_id, therapist_id (of the late acceptance)."""
    rows = select(Conflict)
    if kind := filters.get("kind"):
        rows = rows.where(Conflict.kind == kind)
    if state := filters.get("state"):
        rows = rows.where(Conflict.state == state)
    if search_id := filters.get("search_id"):
        rows = rows.where(Conflict.platzsuche_id == search_id)
    if therapist_id := filters.get("therapist_id"):
        rows = rows.join(Therapeutenanfrage, Therapeutenanfrage.id == Conflict.loser_inquiry_id)
        rows = rows.where(Therapeutenanfrage.therapist_id == therapist_id)
    return rows


def winner_bundles(session: Session, found: Sequence[Conflict]) -> dict[int, int]:
    """Conflict id → the inquiry whose acceptance came first."""
    row = TherapeutAnfragePatient
    pairs = session.execute(
        select(Conflict.id, row.therapeutenanfrage_id)
        .join(row, row.id == Conflict.winner_row_id)
        .where(Conflict.id.in_([one.id for one in found]))
    )
    return dict(pairs.all())
