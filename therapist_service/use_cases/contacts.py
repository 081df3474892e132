"""Who wrote to a therapist, called or was answered, when and how: written down once, never changed.

What happened moves the date of the latest contact forward, never back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from shared.contracts.berlin import berlin_day
from shared.contracts.contact_news import HAPPENED, ContactKind, ContactNews
from therapist_service.domain.contacts import LATEST_BY, later
from therapist_service.storage import queries, records
from therapist_service.storage.tables import Contact, Therapist
from therapist_service.use_cases.therapist_rows import Author, change_therapist
from therapist_service.use_cases.therapists import NotYet, lock_therapist


@dataclass(frozen=True)
class ToldContact:
    """What an event has told of a contact with a therapist."""

    event_id: UUID
    therapist_id: int
    news: ContactNews


def record_contact(
    session: Session, therapist_id: int, fields: Mapping[str, Any], author: Author
) -> Contact:
    """`fields` are channel, direction and perhaps at, note. Raises TherapistNotFound, NotYet."""
    noted = {"kind": ContactKind.NOTED, "actor": author.name}
    contact = {"at": author.now, **noted, **fields}
    if contact["at"] > author.now:
        raise NotYet(["at"])
    therapist = lock_therapist(session, therapist_id)
    contact_id = _write_down(session, therapist, contact, author)
    assert contact_id is not None, "only what an event tells can be known already"
    return records.contact(session, contact_id)


def log_told_contact(session: Session, told: ToldContact, author: Author) -> None:
    """Once per event, however often it comes; a merged therapist's goes to the survivor, that of
    one who is deleted nowhere."""
    therapist = _locked_survivor(session, told.therapist_id)
    if therapist is not None:
        news = told.news
        contact = {
            "event_id": told.event_id,
            "kind": news.kind,
            "at": news.at,
            "channel": news.channel,
            "direction": news.direction,
            "ref": news.ref,
            "detail": news.detail,
            "actor": news.actor,
        }
        _write_down(session, therapist, contact, author)


def _locked_survivor(session: Session, therapist_id: int) -> Therapist | None:
    """Looked for again for as long as others merge while we wait for the lock."""
    therapist = queries.locked_therapist(session, therapist_id)
    if therapist is not None:
        return therapist
    survivor = records.survivors(session, [therapist_id]).get(therapist_id)
    return None if survivor is None else _locked_survivor(session, survivor)


def _write_down(
    session: Session, therapist: Therapist, contact: Mapping[str, Any], author: Author
) -> int | None:
    contact_id = records.add_contact(
        session, {**contact, "therapist_id": therapist.id, "recorded_by": author.name}
    )
    if contact_id is not None and contact["kind"] in HAPPENED:
        _move_forward(session, therapist, contact, author)
    return contact_id


def _move_forward(
    session: Session, therapist: Therapist, contact: Mapping[str, Any], author: Author
) -> None:
    """The date is one that staff may edit, so that a move is an edit like any other."""
    field = LATEST_BY.get(contact["channel"])
    if field is None:
        return
    known = getattr(therapist, field)
    latest = later(known, berlin_day(contact["at"]))
    if latest != known:
        change_therapist(session, therapist, {field: latest}, None, author)
