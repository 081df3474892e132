"""Two rows turn out to be one therapist: one stays, the other goes and is remembered.

Nobody can undo it, so a preview shows the therapist as it would be.
"""

from typing import Any

from sqlalchemy.orm import Session

from therapist_service.domain.merging import merged
from therapist_service.gateways.places import Place
from therapist_service.storage import queries, records
from therapist_service.storage.tables import Therapist
from therapist_service.use_cases.therapist_rows import (
    Author,
    change_therapist,
    columns_of,
    tell,
)
from therapist_service.use_cases.therapists import TherapistInUse, not_found, read_therapist

_PLACE = ("latitude", "longitude", "place_status")


class MergedWithItself(Exception):
    pass


def merge_therapists(
    session: Session,
    survivor_id: int,
    duplicate_id: int,
    reason: str,
    open_inquiry: int | None,
    author: Author,
) -> Therapist:
    """`open_inquiry` is one at the duplicate.

    Raises TherapistNotFound, MergedWithItself, TherapistInUse.
    """
    survivor, duplicate = _locked(session, survivor_id, duplicate_id)
    if survivor is duplicate:
        raise MergedWithItself
    if open_inquiry is not None:
        raise TherapistInUse(open_inquiry)
    changes = merged(columns_of(survivor), columns_of(duplicate))
    place = _place(duplicate) if "plz" in changes else None
    change_therapist(session, survivor, changes, place, author)
    records.remember_merged(session, duplicate, survivor.id, reason, author.name, author.now)
    records.hand_over(session, duplicate.id, survivor.id)
    duplicate.version += 1
    tell(session, "deleted", duplicate, author.now, merged_into=survivor.id)
    session.delete(duplicate)
    return survivor


def preview_merge(session: Session, survivor_id: int, duplicate_id: int) -> dict[str, Any]:
    """The survivor's fields as they would be. Raises TherapistNotFound, MergedWithItself."""
    survivor, duplicate = (
        columns_of(read_therapist(session, one)) for one in (survivor_id, duplicate_id)
    )
    if survivor_id == duplicate_id:
        raise MergedWithItself
    changes = merged(survivor, duplicate)
    place = {name: duplicate[name] for name in _PLACE} if "plz" in changes else {}
    return {**survivor, **changes, **place}


def _locked(session: Session, survivor_id: int, duplicate_id: int) -> tuple[Therapist, Therapist]:
    rows = queries.locked_therapists(session, [survivor_id, duplicate_id])
    for wanted in (survivor_id, duplicate_id):
        if wanted not in rows:
            raise not_found(session, wanted)
    return rows[survivor_id], rows[duplicate_id]


def _place(therapist: Therapist) -> Place:
    return Place(therapist.place_status, therapist.latitude, therapist.longitude)
