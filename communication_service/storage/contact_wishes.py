"""The table `contact_wish`, and how its rows are found and written."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from communication_service.domain.answer_links import LinkClaim
from communication_service.storage.tables import Base

OPT_OUT, LATER = "opt_out", "later"


class ContactWish(Base):
    """`mailbox`: the mark of the one that an opt-out's link went to, where it is known."""

    __tablename__ = "contact_wish"

    id: Mapped[int] = mapped_column(primary_key=True)
    therapist_id: Mapped[int]
    bundle_id: Mapped[int]
    mailbox: Mapped[str | None]
    kind: Mapped[str]
    kontakt_wieder_ab: Mapped[date | None]
    expressed_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
    undo_reason: Mapped[str | None]


_STANDING = dict.fromkeys(("undone_at", "undone_by", "undo_reason"))
_OPT_OUT = ContactWish.kind == OPT_OUT
_LATER = ContactWish.kind == LATER
_STANDS = ContactWish.undone_at.is_(None)
_IN_FORCE = and_(_OPT_OUT, _STANDS)


def opt_outs(filters: Mapping[str, Any]) -> "Select[Any]":
    rows = select(ContactWish).where(_OPT_OUT)
    if (therapist_id := filters.get("therapist_id")) is not None:
        rows = rows.where(ContactWish.therapist_id == therapist_id)
    if (undone := filters.get("undone")) is not None:
        rows = rows.where(ContactWish.undone_at.is_not(None) == undone)
    return rows


def has_opted_out(session: Session, therapist_id: int) -> bool:
    """As far as our register knows."""
    rows = exists().where(_IN_FORCE, ContactWish.therapist_id == therapist_id)
    return bool(session.scalar(select(rows)))


def locked_opt_out(session: Session, opt_out_id: int) -> ContactWish | None:
    rows = select(ContactWish).where(_OPT_OUT, ContactWish.id == opt_out_id)
    return session.scalar(rows.with_for_update())


def keep_opt_out(session: Session, claim: LinkClaim, now: datetime) -> None:
    """The first one stays, and is told again: it may have been cleared there meanwhile."""
    new = insert(ContactWish).values(
        therapist_id=claim.therapist_id,
        bundle_id=claim.bundle_id,
        mailbox=claim.mailbox,
        kind=OPT_OUT,
        expressed_at=now,
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=["therapist_id", "mailbox"],
            index_where=_IN_FORCE,
            set_={"delivered_at": None},
        )
    )


def keep_later(
    session: Session, therapist_id: int, bundle_id: int, day: date, now: datetime
) -> None:
    """Of one inquiry the last day that was named; the same again is not told again, unless it was
    cleared meanwhile."""
    new = insert(ContactWish).values(
        therapist_id=therapist_id,
        bundle_id=bundle_id,
        kind=LATER,
        kontakt_wieder_ab=day,
        expressed_at=now,
    )
    changed = {"kontakt_wieder_ab": day, "expressed_at": now, "delivered_at": None, **_STANDING}
    session.execute(
        new.on_conflict_do_update(
            index_elements=["bundle_id"],
            index_where=_LATER,
            set_=changed,
            where=or_(ContactWish.kontakt_wieder_ab != day, ContactWish.undone_at.is_not(None)),
        )
    )


def locked_told(session: Session, therapist_id: int) -> Sequence[ContactWish]:
    """Wishes in force that the therapist service has been told of."""
    told = ContactWish.delivered_at.is_not(None)
    rows = select(ContactWish).where(ContactWish.therapist_id == therapist_id, _STANDS, told)
    return session.scalars(rows.order_by(ContactWish.id).with_for_update()).all()


def undelivered(session: Session, at_most: int) -> Sequence[int]:
    rows = select(ContactWish.id).where(ContactWish.delivered_at.is_(None))
    return session.scalars(rows.order_by(ContactWish.id).limit(at_most)).all()


def locked_undelivered(session: Session, wish_id: int) -> ContactWish | None:
    """None: somebody else has told it, or is about to."""
    rows = select(ContactWish).where(ContactWish.id == wish_id, ContactWish.delivered_at.is_(None))
    return session.scalar(rows.with_for_update(skip_locked=True))
