"""Every copy of a patient or therapist anew, from its own service, whatever the copy says.

Goes on beside the consumer that keeps the copies.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from matching_service.gateways.people import People
from matching_service.storage import snapshot_store as store
from matching_service.storage.tables import PatientRow, TherapistRow
from matching_service.use_cases.read_models import refresh_patients, refresh_therapists
from shared.db import Database, is_contention

PAGE = 100
_ATTEMPTS = 3

Tell: TypeAlias = Callable[[str], None]


def restore_copies(database: Database, people: People, now: datetime, tell: Tell) -> None:
    """Missing copies are made, wrong ones mended, those of nobody forgotten.

    May raise ServiceUnavailable or ServiceRefused, and be begun again.
    """
    for kind in (
        _Kind(
            "patients",
            people.patient_ids,
            PatientRow.patient_id,
            lambda session, ids: refresh_patients(session, people, ids, anew=True),
        ),
        _Kind(
            "therapists",
            people.therapist_ids,
            TherapistRow.therapist_id,
            lambda session, ids: refresh_therapists(session, people, ids, now, anew=True),
        ),
    ):
        _restore(database, kind, tell)


@dataclass(frozen=True)
class _Kind:
    """`ids(after, limit)` are those of the owner, `row_id` holds those of the copies."""

    name: str
    ids: Callable[[int, int], list[int]]
    row_id: Any
    refresh: Callable[[Session, Sequence[int]], None]


def _restore(database: Database, kind: _Kind, tell: Tell) -> None:
    after: int | None = 0
    while after is not None:
        page = kind.ids(after, PAGE)
        up_to = page[-1] if len(page) == PAGE else None
        with database.transaction() as session:
            copied = store.copied_ids(session, kind.row_id, after, up_to)
        _refresh(database, kind, copied.union(page))
        # Somebody who was deleted before there was a copy could not be forgotten: look again.
        _refresh(database, kind, set(page) - copied)
        tell(f"Restored {kind.name} up to id {up_to or max(page, default=after)}.")
        after = up_to


def _refresh(database: Database, kind: _Kind, ids: Collection[int]) -> None:
    """In the consumer's way now and then: whoever is undone for it begins again."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with database.transaction() as session:
                kind.refresh(session, sorted(ids))
            return
        except DBAPIError as error:
            if attempt == _ATTEMPTS or not is_contention(error):
                raise
