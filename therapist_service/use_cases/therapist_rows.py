"""How a therapist's row is written, whoever writes it: staff, the importer or a job.

Every write settles the mailbox's key, raises the version, notes what was decided about asking the
therapist, and tells the other services.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from shared.contracts.berlin import berlin_day
from shared.contracts.phone_number import e164
from shared.events.outbox import News, publish_all
from therapist_service.domain.mailbox_key import mailbox_key
from therapist_service.domain.therapist import (
    NEWCOMER,
    RECORDED,
    Block,
    Change,
    Status,
    block_of,
    change_between,
    decisions,
    no_age_fits,
)
from therapist_service.gateways.places import Place
from therapist_service.storage.tables import Therapist, TherapistHistory
from therapist_service.use_cases.contact_data import email_address

SERVICE = "therapist_service"
_NOTHING_SAID: Mapping[str, Any] = {"fremdsprachen": [], "psychotherapieverfahren": []}
_COLUMNS = tuple(column.key for column in Therapist.__table__.columns)


class NoAgeFits(Exception):
    """The preferred ages exclude everybody."""


@dataclass(frozen=True)
class Author:
    """Who writes, when, and the secret from which the keys of mailboxes are made."""

    name: str
    now: datetime
    mailbox_secret: bytes = field(repr=False)

    @property
    def today(self) -> date:
        return berlin_day(self.now)


def insert_therapist(
    session: Session, therapist_id: int, fields: Mapping[str, Any], place: Place, author: Author
) -> Therapist:
    """`therapist_id` is one of the sequence's. Raises NoAgeFits."""
    therapist = drafted(therapist_id, fields, place, author)
    session.add(therapist)
    session.flush()
    _note_decisions(session, therapist, NEWCOMER, author)
    tell(session, "created", therapist, author.now)
    return therapist


def change_therapist(
    session: Session,
    therapist: Therapist,
    changes: Mapping[str, Any],
    place: Place | None,
    author: Author,
) -> None:
    """The caller holds the row's lock; `place` None leaves the place as it is. Raises NoAgeFits."""
    moment = changed(session, therapist, changes, place, author)
    session.flush()
    tell(session, moment, therapist, author.now)


def columns_of(therapist: Therapist) -> Mapping[str, Any]:
    return {name: getattr(therapist, name) for name in _COLUMNS}


def drafted(
    therapist_id: int, fields: Mapping[str, Any], place: Place, author: Author
) -> Therapist:
    """A row that nobody has written or told of yet. Raises NoAgeFits."""
    therapist = Therapist(
        id=therapist_id,
        **{**_NOTHING_SAID, **fields},
        created_at=author.now,
        created_by=author.name,
        version=0,
    )
    _settle(therapist, place)
    _write(therapist, author)
    return therapist


def changed(
    session: Session,
    therapist: Therapist,
    changes: Mapping[str, Any],
    place: Place | None,
    author: Author,
) -> Change:
    """Changes the row; what is returned has to be told once it is written. Raises NoAgeFits."""
    before, decided = _block(therapist), _decided(therapist)
    for name, value in changes.items():
        setattr(therapist, name, value)
    if place is not None:
        _settle(therapist, place)
    _write(therapist, author)
    _note_decisions(session, therapist, decided, author)
    return change_between(before, _block(therapist))


def tell(
    session: Session, moment: str, therapist: Therapist, now: datetime, **more: object
) -> None:
    publish_all(session, SERVICE, [news_of(moment, therapist, **more)], now)


def news_of(moment: str, therapist: Therapist, **more: object) -> News:
    """`reason` is a code: why somebody was blocked in words stays in this service."""
    data = {
        "therapist_id": therapist.id,
        "version": therapist.version,
        "mailbox_key": therapist.mailbox_key,
        "status": therapist.status,
        "reason": _block(therapist),
        "kassensitz": therapist.kassensitz,
        "geschlecht": therapist.geschlecht,
        "altersgruppe": therapist.altersgruppe,
        "psychotherapieverfahren": therapist.psychotherapieverfahren,
        "fremdsprachen": therapist.fremdsprachen,
        **more,
    }
    return News(f"therapist.{moment}", therapist.id, data)


def _write(therapist: Therapist, author: Author) -> None:
    if no_age_fits(therapist.age_min, therapist.age_max):
        raise NoAgeFits
    if therapist.status == Status.GESPERRT and therapist.sperrdatum is None:
        therapist.sperrdatum = author.today
    therapist.mailbox_key = mailbox_key(
        author.mailbox_secret,
        therapist.id,
        email=email_address(therapist.email),
        phone_e164=e164(therapist.telefon),
    )
    therapist.version += 1
    therapist.updated_at, therapist.updated_by = author.now, author.name


def _settle(therapist: Therapist, place: Place) -> None:
    therapist.place_status = place.status
    therapist.latitude, therapist.longitude = place.latitude, place.longitude


def _block(therapist: Therapist) -> Block | None:
    return block_of(Status(therapist.status), opted_out=therapist.kein_kontakt is not None)


def _decided(therapist: Therapist) -> Mapping[str, object]:
    return {name: getattr(therapist, name) for name in RECORDED}


def _note_decisions(
    session: Session, therapist: Therapist, before: Mapping[str, object], author: Author
) -> None:
    for one in decisions(before, _decided(therapist)):
        session.add(
            TherapistHistory(
                therapist_id=therapist.id,
                at=author.now,
                actor=author.name,
                field=one.field,
                before=one.before,
                after=one.after,
            )
        )
