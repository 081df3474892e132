"""What is shown of searches beside their own rows, gathered for a whole page at once.

Plain statements, put together once: a page of searches is asked for all day long.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Integer, Row, any_, bindparam, func, select, true
from sqlalchemy.orm import Session

from matching_service.domain.lifecycle import OPEN_INQUIRIES, RowStatus
from matching_service.domain.waiting import Moved
from matching_service.storage.tables import (
    PatientRow,
    Platzsuche,
    PlatzsucheExclusion,
    PlatzsucheHistory,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)


class SearchFacts(NamedTuple):
    """`open_inquiries`: those from which the search still waits for an answer."""

    used_contacts: int
    open_inquiries: int
    answered_inquiries: int
    excluded_by_patient: Sequence[int]


def facts_of(session: Session, search_ids: Sequence[int]) -> dict[int, SearchFacts]:
    """Contacts as triggers have counted them by now."""
    found = session.connection().execute(_FACTS, {"ids": search_ids})
    return {
        row.id: SearchFacts(
            row.used_contacts, row.is_open, row.answered, sorted(set(row.excluded_therapists or ()))
        )
        for row in found
    }


def exclusions(session: Session, search_ids: Sequence[int]) -> "dict[int, list[Row[Any]]]":
    """Each search's own exclusions in force, oldest first."""
    grouped: dict[int, list[Row[Any]]] = defaultdict(list)
    for exclusion in session.connection().execute(_EXCLUSIONS, {"ids": search_ids}):
        grouped[exclusion.platzsuche_id].append(exclusion)
    return grouped


def moves(session: Session, search_ids: Sequence[int]) -> dict[int, list[Moved]]:
    """Each search's moves, oldest first."""
    grouped: dict[int, list[Moved]] = defaultdict(list)
    for search_id, to, at in session.connection().execute(_MOVES, {"ids": search_ids}):
        grouped[search_id].append(Moved(to, at))
    return grouped


_IDS = bindparam("ids", type_=ARRAY(Integer))


def _facts() -> Any:
    """One search after the other: joined all at once, the server would read every inquiry."""
    row, inquiry = TherapeutAnfragePatient, Therapeutenanfrage
    counts = (
        select(
            func.count()
            .filter(inquiry.state.in_(OPEN_INQUIRIES), row.status == RowStatus.PENDING)
            .label("is_open"),
            func.count().filter(inquiry.state == "answered").label("answered"),
        )
        .join_from(row, inquiry, inquiry.id == row.therapeutenanfrage_id)
        .where(row.platzsuche_id == Platzsuche.id)
        .lateral()
    )
    return (
        select(
            Platzsuche.id,
            Platzsuche.used_contacts,
            counts.c.is_open,
            counts.c.answered,
            PatientRow.excluded_therapists,
        )
        .join_from(Platzsuche, counts, true())
        .outerjoin(
            PatientRow, (PatientRow.patient_id == Platzsuche.patient_id) & ~PatientRow.deleted
        )
        .where(Platzsuche.id == any_(_IDS))
    )


_FACTS = _facts()
_EXCLUSIONS: Any = (
    select(*PlatzsucheExclusion.__table__.c)
    .where(
        PlatzsucheExclusion.platzsuche_id == any_(_IDS), PlatzsucheExclusion.removed_at.is_(None)
    )
    .order_by(PlatzsucheExclusion.id)
)
_MOVES: Any = (
    select(PlatzsucheHistory.platzsuche_id, PlatzsucheHistory.to, PlatzsucheHistory.at)
    .where(PlatzsucheHistory.platzsuche_id == any_(_IDS), PlatzsucheHistory.kind == "moved")
    .order_by(PlatzsucheHistory.id)
)
