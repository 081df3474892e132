"""Therapists come, change and go."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from therapist_service.domain.procedures import read_procedures
from therapist_service.domain.therapist import Status, with_status_consequences
from therapist_service.gateways.places import Place
from therapist_service.storage import queries
from therapist_service.storage.tables import Therapist
from therapist_service.use_cases.therapist_rows import (
    Author,
    change_therapist,
    insert_therapist,
    tell,
)


class TherapistNotFound(Exception):
    def __init__(self, therapist_id: int) -> None:
        super().__init__(therapist_id)
        self.therapist_id = therapist_id


class TherapistInUse(Exception):
    def __init__(self, bundle_id: int) -> None:
        super().__init__(bundle_id)
        self.bundle_id = bundle_id


class TherapistStale(Exception):
    """Somebody else changed the therapist since the caller last read it."""


def create_therapist(
    session: Session, fields: Mapping[str, Any], place: Place, author: Author
) -> Therapist:
    """Raises NoAgeFits."""
    [new_id] = queries.next_ids(session, 1)
    columns = {"status": Status.AKTIV, **_ours(fields)}
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
    """Changes the given fields; `place` None leaves the place as it is.

    Raises TherapistNotFound, TherapistStale, NoAgeFits.
    """
    therapist = _locked(session, therapist_id, expected_version)
    changes = with_status_consequences(_ours(fields), Status(therapist.status), author.today)
    change_therapist(session, therapist, changes, place, author)
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
    therapist = _locked(session, therapist_id, None)
    therapist.version += 1
    tell(session, "deleted", therapist, now)
    session.delete(therapist)


def read_therapist(session: Session, therapist_id: int) -> Therapist:
    """Raises TherapistNotFound."""
    therapist = queries.therapist(session, therapist_id)
    if therapist is None:
        raise TherapistNotFound(therapist_id)
    return therapist


def _ours(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Names of procedures in our spelling; unknown ones stay as they were written."""
    if "psychotherapieverfahren" not in fields:
        return dict(fields)
    names = read_procedures(fields["psychotherapieverfahren"]).names
    return {**fields, "psychotherapieverfahren": list(names)}


def _locked(session: Session, therapist_id: int, expected_version: int | None) -> Therapist:
    therapist = queries.locked_therapist(session, therapist_id)
    if therapist is None:
        raise TherapistNotFound(therapist_id)
    if expected_version not in (None, therapist.version):
        raise TherapistStale
    return therapist
