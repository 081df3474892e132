"""The list of therapists that a patient must not be offered to, which is kept with the patient."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.lifecycle import UNFINISHED_SEARCHES
from matching_service.storage.locks import LockedInquiries, lock_around_searches
from matching_service.storage.merged_therapists import let_nobody_be_merged
from matching_service.storage.planning_state import read_searches
from matching_service.storage.tables import PatientRow, Platzsuche
from matching_service.use_cases.search_history import SYSTEM
from matching_service.use_cases.withdrawals import withdraw_from_therapist


def follow_list_of(session: Session, patient_id: int, now: datetime) -> None:
    """Open inquiries to somebody on the patient's list lose the patient. Raises Contended."""
    listed = session.scalar(
        select(PatientRow.excluded_therapists).where(PatientRow.patient_id == patient_id)
    )
    if not listed:
        return
    let_nobody_be_merged(session, listed)
    unfinished = session.scalar(
        select(Platzsuche.id).where(
            Platzsuche.patient_id == patient_id, Platzsuche.status.in_(UNFINISHED_SEARCHES)
        )
    )
    if unfinished is not None:
        # Locked whatever is seen there now: a bundle that is being made read an older list.
        locked = lock_around_searches(session, [unfinished])
        withdraw_from_excluded(session, locked, [unfinished], now)


def withdraw_from_excluded(
    session: Session, locked: LockedInquiries, searches: Collection[int], now: datetime
) -> None:
    """Of the locked inquiries those to somebody on a patient's list lose that patient's search."""
    asked = {inquiry.therapist_id for inquiry in locked.inquiries.values()}
    for search in read_searches(session, searches):
        for therapist_id in sorted(asked & search.patient.excluded_therapists):
            withdraw_from_therapist(session, locked, [search.search_id], therapist_id, SYSTEM, now)
