"""Rows are locked in one order everywhere: mailboxes by id, then searches by id, then inquiries
by id. Whoever keeps to it, and locks once in a transaction, never meets a deadlock."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, func, select
from sqlalchemy.orm import Session

from matching_service.domain.lifecycle import OPEN_INQUIRIES
from matching_service.storage.tables import (
    Mailbox,
    Platzsuche,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
    TherapistRow,
)
from shared.db import Contended

Row = TypeVar("Row", Mailbox, Platzsuche, Therapeutenanfrage)

_ATTEMPTS = 3


@dataclass(frozen=True)
class LockedInquiries:
    """Inquiries with their rows and all searches in them, locked until the end.

    `present_mailbox` is where the inquiry's therapist receives mail now, which may be another
    mailbox than the inquiry went to; both are locked.
    """

    inquiries: dict[int, Therapeutenanfrage]
    searches: dict[int, Platzsuche]
    rows: Sequence[TherapeutAnfragePatient]
    mailboxes: dict[int, Mailbox]
    present_mailbox: dict[int, int]

    def rows_of(self, inquiry_id: int) -> list[TherapeutAnfragePatient]:
        return [row for row in self.rows if row.therapeutenanfrage_id == inquiry_id]

    def mailboxes_of(self, inquiry: Therapeutenanfrage) -> list[Mailbox]:
        """The mailbox that the inquiry went to, and the therapist's present one if it differs."""
        ids = dict.fromkeys([inquiry.mailbox_id, self.present_mailbox[inquiry.id]])
        return [self.mailboxes[mailbox_id] for mailbox_id in ids]


class _Ids(NamedTuple):
    mailboxes: frozenset[int]
    searches: frozenset[int]
    inquiries: frozenset[int]

    def without(self, others: "_Ids") -> "_Ids":
        return _Ids(*(mine - theirs for mine, theirs in zip(self, others, strict=True)))

    def plus(self, others: "_Ids") -> "_Ids":
        return _Ids(*(mine | theirs for mine, theirs in zip(self, others, strict=True)))


@dataclass(frozen=True)
class _Surroundings:
    """What has to be locked: mailboxes by inquiry (its own, its therapist's present one), searches,
    and mailboxes beside those."""

    mailboxes: dict[int, tuple[int, int]]
    searches: frozenset[int]
    beside: frozenset[int] = frozenset()

    @property
    def ids(self) -> _Ids:
        around = self.beside.union(*self.mailboxes.values())
        return _Ids(around, self.searches, frozenset(self.mailboxes))


@dataclass(frozen=True)
class _Held:
    """Rows that are locked."""

    mailboxes: dict[int, Mailbox]
    searches: dict[int, Platzsuche]
    inquiries: dict[int, Therapeutenanfrage]

    def plus(self, others: "_Held") -> "_Held":
        return _Held(
            self.mailboxes | others.mailboxes,
            self.searches | others.searches,
            self.inquiries | others.inquiries,
        )

    def are_all(self, ids: _Ids) -> bool:
        held = self.mailboxes.keys(), self.searches.keys(), self.inquiries.keys()
        return all(wanted <= rows for wanted, rows in zip(ids, held, strict=True))


def lock_mailboxes(session: Session, ids: Iterable[int]) -> dict[int, Mailbox]:
    return _by_id(_locked(session, Mailbox, ids))


def lock_searches(session: Session, ids: Iterable[int]) -> dict[int, Platzsuche]:
    return _by_id(_locked(session, Platzsuche, ids))


def hold(session: Session, mailboxes: Iterable[int], searches: Iterable[int]) -> set[int]:
    """Locks without reading, for whoever looks afterwards; returns the searches that exist."""
    session.flush()
    connection = session.connection()
    connection.execute(_HELD_MAILBOXES, {"ids": sorted(set(mailboxes))})
    return set(connection.scalars(_HELD_SEARCHES, {"ids": sorted(set(searches))}))


def lock_inquiry(
    session: Session, inquiry_id: int, searches: Collection[int] = ()
) -> LockedInquiries | None:
    """One inquiry with everything in it, and searches beside it; None when there is none."""
    locked = _lock_until_still(session, lambda: _surroundings(session, [inquiry_id], searches))
    return locked if inquiry_id in locked.inquiries else None


def lock_around_searches(
    session: Session,
    searches: Collection[int],
    *inquiries: int,
    mailboxes: Collection[int] = (),
) -> LockedInquiries:
    """The searches and every open inquiry that carries one of them, plus the given inquiries, and
    mailboxes beside theirs."""

    def look() -> _Surroundings:
        carrying = _inquiries_with(session, searches)
        return _surroundings(session, [*carrying, *inquiries], searches, mailboxes)

    return _lock_until_still(session, look)


def lock_around_therapist(
    session: Session,
    therapist_id: int,
    searches: Collection[int] = (),
    mailboxes: Collection[int] = (),
) -> LockedInquiries:
    """Every open inquiry to the therapist, and to whom else it may concern: those that carry one of
    the searches, and mailboxes beside theirs."""

    def look() -> _Surroundings:
        inquiries = {
            *_open_inquiries_to(session, therapist_id),
            *_inquiries_with(session, searches),
        }
        return _surroundings(session, inquiries, searches, mailboxes)

    return _lock_until_still(session, look)


def _lock_until_still(session: Session, look: Callable[[], _Surroundings]) -> LockedInquiries:
    """What surrounds a search is known for sure only once it is locked, because a search joins an
    inquiry under its lock; until then we look, lock, and look again."""
    for _ in range(_ATTEMPTS):
        savepoint = session.begin_nested()
        locked = _lock_what_is_seen(session, look)
        if locked is not None:
            savepoint.commit()
            return locked
        savepoint.rollback()
    raise Contended


def _lock_what_is_seen(
    session: Session, look: Callable[[], _Surroundings]
) -> LockedInquiries | None:
    """None when somebody else holds what has come while we waited. That is not waited for, since it
    would be locked out of order; what has gone meanwhile does no harm."""
    asked = look().ids
    held = _lock(session, asked)
    while any(came := (seen := look()).ids.without(asked)):
        taken = _lock(session, came, skip_locked=True)
        if not taken.are_all(came):
            return None
        asked, held = asked.plus(came), held.plus(taken)
    return _read(session, seen, held)


def _lock(session: Session, ids: _Ids, *, skip_locked: bool = False) -> _Held:
    return _Held(
        _by_id(_locked(session, Mailbox, ids.mailboxes, skip_locked=skip_locked)),
        _by_id(_locked(session, Platzsuche, ids.searches, skip_locked=skip_locked)),
        _by_id(_locked(session, Therapeutenanfrage, ids.inquiries, skip_locked=skip_locked)),
    )


def _read(session: Session, seen: _Surroundings, held: _Held) -> LockedInquiries:
    rows = session.scalars(
        select(TherapeutAnfragePatient)
        .where(TherapeutAnfragePatient.therapeutenanfrage_id.in_(list(seen.mailboxes)))
        .order_by(
            TherapeutAnfragePatient.therapeutenanfrage_id,
            TherapeutAnfragePatient.position_in_bundle,
        )
        .execution_options(populate_existing=True)
    ).all()
    return LockedInquiries(
        {one: held.inquiries[one] for one in sorted(seen.mailboxes)},
        {one: row for one, row in held.searches.items() if one in seen.searches},
        rows,
        held.mailboxes,
        {inquiry_id: pair[1] for inquiry_id, pair in seen.mailboxes.items()},
    )


def _surroundings(
    session: Session,
    inquiries: Collection[int],
    searches: Collection[int],
    beside: Collection[int] = (),
) -> _Surroundings:
    present = func.coalesce(TherapistRow.mailbox_id, Therapeutenanfrage.mailbox_id)
    found = session.execute(
        select(Therapeutenanfrage.id, Therapeutenanfrage.mailbox_id, present)
        .outerjoin(TherapistRow, TherapistRow.therapist_id == Therapeutenanfrage.therapist_id)
        .where(Therapeutenanfrage.id.in_(list(inquiries)))
    )
    mailboxes = {inquiry_id: (own, now) for inquiry_id, own, now in found}
    inside = select(TherapeutAnfragePatient.platzsuche_id).where(
        TherapeutAnfragePatient.therapeutenanfrage_id.in_(list(inquiries))
    )
    all_searches = frozenset(session.scalars(inside)).union(searches)
    return _Surroundings(mailboxes, all_searches, frozenset(beside))


def _inquiries_with(session: Session, searches: Collection[int]) -> Sequence[int]:
    """Open inquiries in which one of the searches still waits for an answer."""
    row = TherapeutAnfragePatient
    return session.scalars(
        select(Therapeutenanfrage.id)
        .join(row, row.therapeutenanfrage_id == Therapeutenanfrage.id)
        .where(
            row.platzsuche_id.in_(list(searches)),
            row.status == "pending",
            Therapeutenanfrage.state.in_(OPEN_INQUIRIES),
        )
        .distinct()
    ).all()


def _open_inquiries_to(session: Session, therapist_id: int) -> Sequence[int]:
    return session.scalars(
        select(Therapeutenanfrage.id).where(
            Therapeutenanfrage.therapist_id == therapist_id,
            Therapeutenanfrage.state.in_(OPEN_INQUIRIES),
        )
    ).all()


def _locked(
    session: Session, table: type[Row], ids: Iterable[int], *, skip_locked: bool = False
) -> Sequence[Row]:
    wanted = sorted(set(ids))
    if not wanted:
        return []
    return session.scalars(
        select(table)
        .where(table.id.in_(wanted))
        .order_by(table.id)
        .with_for_update(key_share=True, skip_locked=skip_locked)
        .execution_options(populate_existing=True)
    ).all()


def _by_id(rows: Iterable[Row]) -> dict[int, Row]:
    return {row.id: row for row in rows}


def _held(table: Any) -> Any:
    wanted = table.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger)))
    return select(table.c.id).where(wanted).order_by(table.c.id).with_for_update(key_share=True)


_HELD_MAILBOXES, _HELD_SEARCHES = _held(Mailbox.__table__), _held(Platzsuche.__table__)
