"""Therapists come, change and go."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from therapist_service.domain.procedures import read_procedures
from therapist_service.domain.therapist import (
    Status,
    days_ahead,
    not_theirs,
    theirs,
    with_status_consequences,
    without_repetition,
)
from therapist_service.gateways.places import Place
from therapist_service.storage import queries, records
from therapist_service.storage.tables import Therapist
from therapist_service.use_cases.therapist_rows import (
    Author,
    change_therapist,
    columns_of,
    insert_therapist,
    tell,
)

_WORDS = ("fremdsprachen", "psychotherapieverfahren", "preferred_diagnoses")


class TherapistNotFound(Exception):
    """`merged_into` is who the therapist turned out to be."""

    def __init__(self, therapist_id: int, merged_into: int | None = None) -> None:
        super().__init__(therapist_id)
        self.therapist_id = therapist_id
        self.merged_into = merged_into


class TherapistInUse(Exception):
    def __init__(self, bundle_id: int) -> None:
        super().__init__(bundle_id)
        self.bundle_id = bundle_id


class NotYet(Exception):
    """Something is said to have happened on a day, or at a time, that has not come."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(fields)
        self.fields = fields


class ReadOnly(Exception):
    """What other services or the directory have said is not for a caller to change."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(fields)
        self.fields = fields


class TherapistStale(Exception):
    """Somebody else changed the therapist since the caller last read it."""


def create_therapist(
    session: Session, fields: Mapping[str, Any], place: Place, author: Author
) -> Therapist:
    """Raises NoAgeFits, NotYet."""
    columns = {"status": Status.AKTIV, **_ours(fields, author.today)}
    [new_id] = queries.next_ids(session, 1)
    return insert_therapist(session, new_id, columns, place, author)


def update_therapist(
    session: Session,
    therapist_id: int,
    fields: Mapping[str, Any],
    place: Place | None,
    author: Author,
    *,
    expected_version: int | None = None,
) -> Therapist:
    """Changes the given fields, and the place with the postcode. No change, no version.

    Raises TherapistNotFound, TherapistStale, NoAgeFits, NotYet, ReadOnly.
    """
    ours = _ours(theirs(fields), author.today)
    therapist = lock_therapist(session, therapist_id, expected_version)
    known = columns_of(therapist)
    if read_only := not_theirs(fields, known):
        raise ReadOnly(read_only)
    if fields.get("delisted_on") and fields.get("status") == therapist.status:
        del ours["status"]  # as it was read: still the directory's, and not a decision of staff
    moved = place if ours.get("plz", therapist.plz) != therapist.plz else None
    changes = with_status_consequences(ours, Status(therapist.status), author.today)
    new = {name: value for name, value in changes.items() if value != known[name]}
    if new:
        change_therapist(session, therapist, new, moved, author)
    return therapist


def place_therapist(
    session: Session, therapist_id: int, plz: str, place: Place, author: Author
) -> bool:
    """Fills in a place that was pending, unless the postcode has changed meanwhile."""
    therapist = queries.locked_therapist(session, therapist_id)
    if therapist is None or (therapist.plz or "") != plz or therapist.place_status != "pending":
        return False
    change_therapist(session, therapist, {}, place, author)
    return True


def delete_therapist(
    session: Session, therapist_id: int, open_inquiry: int | None, now: datetime
) -> None:
    """Raises TherapistNotFound, TherapistInUse."""
    if open_inquiry is not None:
        raise TherapistInUse(open_inquiry)
    therapist = lock_therapist(session, therapist_id)
    therapist.version += 1
    tell(session, "deleted", therapist, now)
    session.delete(therapist)


def read_therapist(session: Session, therapist_id: int) -> Therapist:
    """Raises TherapistNotFound."""
    therapist = queries.therapist(session, therapist_id)
    if therapist is None:
        raise not_found(session, therapist_id)
    return therapist


def lock_therapist(
    session: Session, therapist_id: int, expected_version: int | None = None
) -> Therapist:
    """Raises TherapistNotFound, TherapistStale."""
    therapist = queries.locked_therapist(session, therapist_id)
    if therapist is None:
        raise not_found(session, therapist_id)
    if expected_version not in (None, therapist.version):
        raise TherapistStale
    return therapist


def not_found(session: Session, therapist_id: int) -> TherapistNotFound:
    survivor = records.survivors(session, [therapist_id]).get(therapist_id)
    return TherapistNotFound(therapist_id, survivor)


def _ours(fields: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Each word of a list once, and names of procedures in our spelling; unknown ones stay as
    they were written. Raises NotYet."""
    if ahead := days_ahead(fields, today):
        raise NotYet(ahead)
    written = dict(fields)
    if "psychotherapieverfahren" in written:
        procedures = read_procedures(fields["psychotherapieverfahren"])
        written["psychotherapieverfahren"] = list(procedures.names)
    for name in _WORDS:
        if written.get(name):
            written[name] = without_repetition(written[name])
    return written
