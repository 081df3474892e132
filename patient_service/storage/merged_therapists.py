"""Which therapist an id means today, when one of two records of the same person was given up."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from patient_service.storage.tables import MergedTherapist, Patient

_ONE_MERGER_AT_A_TIME = "patient_service.merged_therapist"


def surviving(session: Session, therapist_ids: Sequence[int]) -> list[int]:
    """The same ones without doubles, merged ones under the id that stands for them.

    Nobody is merged until the transaction ends, so that no id slips past a merger.
    """
    if not therapist_ids:
        return []
    key = func.hashtextextended(_ONE_MERGER_AT_A_TIME, 0)
    session.execute(select(func.pg_advisory_xact_lock_shared(key)))
    stand_for = survivors(session, therapist_ids)
    return list(dict.fromkeys(stand_for.get(one, one) for one in therapist_ids))


def survivors(session: Session, therapist_ids: Collection[int]) -> dict[int, int]:
    """Merged id → the one that stands for the same person, of those who were merged."""
    row = MergedTherapist
    rows = select(row.therapist_id, row.survivor_id).where(row.therapist_id.in_(therapist_ids))
    return dict(session.execute(rows).all())


def remember_merger(session: Session, therapist_id: int, merged_into: int) -> None:
    """Waits for whoever is writing exclusions. Mergers may become known in any order."""
    key = func.hashtextextended(_ONE_MERGER_AT_A_TIME, 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))
    last = session.get(MergedTherapist, merged_into)
    survivor = last.survivor_id if last else merged_into
    if survivor == therapist_id:
        return
    of_old = MergedTherapist.survivor_id == therapist_id
    session.execute(update(MergedTherapist).where(of_old).values(survivor_id=survivor))
    session.execute(
        insert(MergedTherapist)
        .values(therapist_id=therapist_id, survivor_id=survivor)
        .on_conflict_do_nothing()
    )


def patients_excluding(session: Session, therapist_id: int) -> Sequence[Patient]:
    """Locked, in the order of their ids."""
    rows = select(Patient).where(Patient.ausgeschlossene_therapeuten.contains([therapist_id]))
    return session.scalars(rows.order_by(Patient.id).with_for_update(key_share=True)).all()
