"""What is written down about a therapist beside the therapist's own row."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from therapist_service.domain.identity import Person
from therapist_service.storage.tables import (
    Contact,
    MergedTherapist,
    Therapist,
    TherapistHistory,
)


def contacts(therapist_id: int) -> "Select[Any]":
    return select(Contact).where(Contact.therapist_id == therapist_id)


def history(therapist_id: int) -> "Select[Any]":
    return select(TherapistHistory).where(TherapistHistory.therapist_id == therapist_id)


def contact(session: Session, contact_id: int) -> Contact:
    return session.get_one(Contact, contact_id)


def add_contact(session: Session, columns: Mapping[str, Any]) -> int | None:
    """The id of the new row; None when its event, or its mail, is written down already."""
    new = insert(Contact).values(**columns).on_conflict_do_nothing()
    return session.scalar(new.returning(Contact.id))


def survivors(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Merged id → the therapist that stayed."""
    rows = select(MergedTherapist.therapist_id, MergedTherapist.survivor_id)
    return dict(session.execute(rows.where(MergedTherapist.therapist_id.in_(ids))).all())


def merged_into(session: Session, survivor_id: int) -> Sequence[MergedTherapist]:
    rows = select(MergedTherapist).where(MergedTherapist.survivor_id == survivor_id)
    order = MergedTherapist.merged_at, MergedTherapist.therapist_id
    return session.scalars(rows.order_by(*order)).all()


def remember_merged(
    session: Session, duplicate: Therapist, survivor_id: int, reason: str, actor: str, at: datetime
) -> None:
    """Whoever was merged into the duplicate belongs to the survivor from now on."""
    session.add(
        MergedTherapist(
            therapist_id=duplicate.id,
            survivor_id=survivor_id,
            merged_at=at,
            merged_by=actor,
            reason=reason,
            **{name: getattr(duplicate, name) for name in Person.__dataclass_fields__},
        )
    )
    session.flush()
    earlier = MergedTherapist.survivor_id == duplicate.id
    session.execute(update(MergedTherapist).where(earlier).values(survivor_id=survivor_id))


def hand_over(session: Session, duplicate_id: int, survivor_id: int) -> None:
    """Contacts and history go along."""
    for table in (Contact, TherapistHistory):
        its_own = table.therapist_id == duplicate_id
        session.execute(update(table).where(its_own).values(therapist_id=survivor_id))
