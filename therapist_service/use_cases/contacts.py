"""Who spoke with a therapist, when and how: written down once and never changed.

A contact moves the date of the latest one forward, never back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shared.contracts.berlin import berlin_day
from therapist_service.domain.contacts import LATEST_BY, Channel, Direction, later
from therapist_service.storage import queries, records
from therapist_service.storage.tables import Contact, Therapist
from therapist_service.use_cases.therapist_rows import Author, change_therapist
from therapist_service.use_cases.therapists import NotYet, lock_therapist


@dataclass(frozen=True)
class SentMail:
    """`written_by` is who wrote it by hand, None where nobody did."""

    email_id: int
    therapist_id: int
    at: datetime
    written_by: str | None


def record_contact(
    session: Session, therapist_id: int, fields: Mapping[str, Any], author: Author
) -> Contact:
    """`fields` are channel, direction and perhaps at, note. Raises TherapistNotFound, NotYet."""
    contact = {"at": author.now, **fields}
    if contact["at"] > author.now:
        raise NotYet(["at"])
    therapist = lock_therapist(session, therapist_id)
    contact_id = _write_down(session, therapist, contact, author)
    assert contact_id is not None, "only a contact with a ref can be known already"
    return records.contact(session, contact_id)


def record_sent_mail(session: Session, mail: SentMail, author: Author) -> None:
    """Once per mail, however often it is told; a merged therapist's goes to the survivor."""
    therapist = _locked_survivor(session, mail.therapist_id)
    if therapist is not None:
        contact = {
            "at": mail.at,
            "channel": Channel.EMAIL,
            "direction": Direction.OUTGOING,
            "ref": f"email:{mail.email_id}",
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
    if contact_id is not None:
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
