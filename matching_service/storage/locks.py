"""Rows are locked in one order everywhere: mailboxes by id, then searches by id, then inquiries
by id. Whoever keeps to it never meets a deadlock."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.lifecycle import OPEN_INQUIRIES
from matching_service.storage.tables import (
    Mailbox,
    Platzsuche,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)

Row = TypeVar("Row", Mailbox, Platzsuche, Therapeutenanfrage)

_ATTEMPTS = 3


class Contended(Exception):
    """The inquiries around a search kept changing while we tried to lock them."""


@dataclass(frozen=True)
class LockedInquiries:
    """Inquiries with their rows and the searches in them, all locked until the end."""

    inquiries: dict[int, Therapeutenanfrage]
    searches: dict[int, Platzsuche]
    rows: Sequence[TherapeutAnfragePatient]

    def rows_of(self, inquiry_id: int) -> list[TherapeutAnfragePatient]:
        return [row for row in self.rows if row.therapeutenanfrage_id == inquiry_id]


def lock_mailboxes(session: Session, ids: Iterable[int]) -> dict[int, Mailbox]:
    rows = _locked(session, Mailbox, ids)
    return {mailbox.id: mailbox for mailbox in rows}


def lock_searches(session: Session, ids: Iterable[int]) -> dict[int, Platzsuche]:
    rows = _locked(session, Platzsuche, ids)
    return {search.id: search for search in rows}


def lock_inquiry(session: Session, inquiry_id: int) -> LockedInquiries | None:
    """One inquiry with everything in it; None when there is none."""
    inquiry = session.get(Therapeutenanfrage, inquiry_id)
    if inquiry is None:
        return None
    for _ in range(_ATTEMPTS):
        savepoint = session.begin_nested()
        searches = _searches_in(session, [inquiry_id])
        locked = _lock(session, {inquiry_id: inquiry.mailbox_id}, searches)
        if _searches_in(session, [inquiry_id]) == searches:
            savepoint.commit()
            return locked
        savepoint.rollback()
    raise Contended


def lock_around_searches(
    session: Session, searches: Collection[int], inquiry_id: int | None = None
) -> LockedInquiries:
    """The searches and every open inquiry that carries one of them, plus the given inquiry.

    Which inquiries those are is known for sure only once the searches are locked, because a
    search joins an inquiry under its lock; until then we look, lock, and look again.
    """
    for _ in range(_ATTEMPTS):
        savepoint = session.begin_nested()
        around = _inquiries_around(session, searches, inquiry_id)
        locked = _lock(session, around, set(searches))
        if _inquiries_around(session, searches, inquiry_id) == around:
            savepoint.commit()
            return locked
        savepoint.rollback()
    raise Contended


def _lock(
    session: Session, mailbox_of: dict[int, int], searches: Collection[int]
) -> LockedInquiries:
    lock_mailboxes(session, mailbox_of.values())
    locked_searches = lock_searches(session, searches)
    inquiries = {i.id: i for i in _locked(session, Therapeutenanfrage, mailbox_of)}
    rows = session.scalars(
        select(TherapeutAnfragePatient)
        .where(TherapeutAnfragePatient.therapeutenanfrage_id.in_(list(mailbox_of)))
        .order_by(
            TherapeutAnfragePatient.therapeutenanfrage_id,
            TherapeutAnfragePatient.position_in_bundle,
        )
        .execution_options(populate_existing=True)
    ).all()
    return LockedInquiries(inquiries, locked_searches, rows)


def _inquiries_around(
    session: Session, searches: Collection[int], inquiry_id: int | None
) -> dict[int, int]:
    """Inquiry id → mailbox id."""
    row = TherapeutAnfragePatient
    carrying = select(row.therapeutenanfrage_id).where(
        row.platzsuche_id.in_(list(searches)), row.status == "pending"
    )
    found = session.execute(
        select(Therapeutenanfrage.id, Therapeutenanfrage.mailbox_id).where(
            (Therapeutenanfrage.id.in_(carrying) & Therapeutenanfrage.state.in_(OPEN_INQUIRIES))
            | (Therapeutenanfrage.id == inquiry_id)
        )
    )
    return dict(found.all())


def _searches_in(session: Session, inquiries: Collection[int]) -> set[int]:
    row = TherapeutAnfragePatient
    found = select(row.platzsuche_id).where(row.therapeutenanfrage_id.in_(list(inquiries)))
    return set(session.scalars(found))


def _locked(session: Session, table: type[Row], ids: Iterable[int]) -> Sequence[Row]:
    return session.scalars(
        select(table)
        .where(table.id.in_(sorted(set(ids))))
        .order_by(table.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
