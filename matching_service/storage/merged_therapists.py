"""Who was merged into whom, as far as this service has heard."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Integer, any_, bindparam, cast, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from matching_service.domain.lifecycle import UNFINISHED_SEARCHES
from matching_service.storage.tables import (
    MergedTherapist,
    PatientRow,
    Platzsuche,
    PlatzsucheExclusion,
)


def let_nobody_be_merged(session: Session, therapists: Iterable[int]) -> None:
    """Neither these, nor whom they have become, until the end of the transaction: whoever is
    excluded now is not somebody else by then. To be called before any row is locked."""
    held: set[int] = set()
    wanted = set(therapists)
    while new := wanted - held:
        session.execute(_SHARED, {"merges": _MERGES, "therapists": sorted(new)})
        held |= new
        wanted |= set(survivors(session, new).values())


def merge_alone(session: Session, therapist_id: int) -> None:
    """Until the end of the transaction nobody else is merged, and this therapist is excluded by
    nobody. To be called before any row is locked."""
    session.execute(_ALONE, {"merges": _MERGES})
    session.execute(_OF_ONE, {"merges": _MERGES, "therapist": therapist_id})


def survivors(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Merged id → the therapist that stayed."""
    if not ids:
        return {}
    session.flush()
    return dict(session.connection().execute(_SURVIVORS, {"ids": list(ids)}).all())


def remember(
    session: Session, therapist_id: int, survivor_id: int, mailbox_id: int, at: datetime
) -> int:
    """Returns who stays in the end: merges of one therapist after the other are heard in any
    order."""
    final = survivors(session, [survivor_id]).get(survivor_id, survivor_id)
    new = insert(MergedTherapist).values(
        therapist_id=therapist_id, survivor_id=final, mailbox_id=mailbox_id, merged_at=at
    )
    session.execute(new.on_conflict_do_nothing())
    earlier = MergedTherapist.survivor_id == therapist_id
    session.execute(update(MergedTherapist).where(earlier).values(survivor_id=final))
    return final


def merged_into(session: Session, survivor_id: int) -> dict[int, int]:
    """Merged id → the mailbox that was its last."""
    rows = select(MergedTherapist.therapist_id, MergedTherapist.mailbox_id)
    return dict(session.execute(rows.where(MergedTherapist.survivor_id == survivor_id)).all())


def exclusions_of(session: Session, ids: Collection[int]) -> Sequence[PlatzsucheExclusion]:
    rows = select(PlatzsucheExclusion).where(
        PlatzsucheExclusion.therapist_id.in_(ids), PlatzsucheExclusion.removed_at.is_(None)
    )
    return session.scalars(rows.order_by(PlatzsucheExclusion.platzsuche_id)).all()


def searches_excluding(session: Session, ids: Collection[int]) -> set[int]:
    """By their own lists, or by their patients', which keep the ids that they were given."""
    by_patients = (
        select(Platzsuche.id)
        .join(PatientRow, PatientRow.patient_id == Platzsuche.patient_id)
        .where(
            PatientRow.excluded_therapists.bool_op("&&")(cast(list(ids), ARRAY(Integer))),
            Platzsuche.status.in_(UNFINISHED_SEARCHES),
        )
    )
    own = (row.platzsuche_id for row in exclusions_of(session, ids))
    return {*own, *session.scalars(by_patients)}


_SURVIVORS: Any = select(MergedTherapist.therapist_id, MergedTherapist.survivor_id).where(
    MergedTherapist.therapist_id == any_(bindparam("ids", type_=ARRAY(Integer)))
)
_MERGES = 7_302  # the triggers of migration 0023 take those of single therapists as well
_SHARED = text(
    "SELECT pg_advisory_xact_lock_shared(:merges, id) FROM unnest(CAST(:therapists AS int[])) id"
)
_ALONE = text("SELECT pg_advisory_xact_lock(:merges)")
_OF_ONE = text("SELECT pg_advisory_xact_lock(:merges, :therapist)")
