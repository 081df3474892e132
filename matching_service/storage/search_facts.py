"""What is shown of a search beside its own row: whom the patient excludes, and when it rested."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.waiting import Moved
from matching_service.storage.tables import PatientRow, PlatzsucheHistory


def excluded_by_patients(session: Session, patient_ids: Sequence[int]) -> dict[int, list[int]]:
    rows = select(PatientRow.patient_id, PatientRow.excluded_therapists)
    found = session.execute(rows.where(PatientRow.patient_id.in_(patient_ids), ~PatientRow.deleted))
    return {patient_id: sorted(set(therapists)) for patient_id, therapists in found}


def moves(session: Session, search_ids: Sequence[int]) -> dict[int, list[Moved]]:
    """Each search's moves, oldest first."""
    row = PlatzsucheHistory
    grouped: dict[int, list[Moved]] = defaultdict(list)
    found = session.execute(
        select(row.platzsuche_id, row.to, row.at)
        .where(row.platzsuche_id.in_(search_ids), row.kind == "moved")
        .order_by(row.id)
    )
    for search_id, to, at in found:
        grouped[search_id].append(Moved(to, at))
    return grouped
