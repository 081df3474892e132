"""How therapists are read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared.http.search import matching
from therapist_service.domain.identity import Known, Person
from therapist_service.storage.tables import MergedTherapist, Therapist


def therapists(filters: Mapping[str, Any]) -> "Select[Any]":
    """`filters` may hold status, q, plz_prefix and after_id."""
    rows = select(Therapist)
    if status := filters.get("status"):
        rows = rows.where(Therapist.status == status)
    if q := filters.get("q"):
        rows = matching(rows, Therapist, q)
    if prefix := filters.get("plz_prefix"):
        rows = rows.where(Therapist.plz.startswith(prefix, autoescape=True))
    if after := filters.get("after_id"):
        rows = rows.where(Therapist.id > after)
    return rows


def therapist(session: Session, therapist_id: int) -> Therapist | None:
    return session.get(Therapist, therapist_id)


def locked_therapist(session: Session, therapist_id: int) -> Therapist | None:
    return session.get(Therapist, therapist_id, with_for_update={"key_share": True})


def locked_therapists(session: Session, ids: Collection[int]) -> dict[int, Therapist]:
    """In the order of their ids, so that two who lock several never wait for each other."""
    rows = select(Therapist).where(Therapist.id.in_(ids)).order_by(Therapist.id)
    return {t.id: t for t in session.scalars(rows.with_for_update(key_share=True))}


def therapists_by_id(session: Session, ids: Sequence[int]) -> Sequence[Therapist]:
    rows = select(Therapist).where(Therapist.id.in_(ids)).order_by(Therapist.id)
    return session.scalars(rows).all()


def known_near(
    session: Session, plzs: Collection[str], external_ids: Collection[str]
) -> list[Known]:
    """Everybody whom listings at these postcodes, or with these ids, may speak about.

    A survivor appears once for each identity that was merged into it as well, before its own.
    """
    return [
        *_known_as(session, MergedTherapist, MergedTherapist.survivor_id, plzs, external_ids),
        *_known_as(session, Therapist, Therapist.id, plzs, external_ids),
    ]


def _known_as(
    session: Session,
    table: "type[Therapist | MergedTherapist]",
    therapist_id: "InstrumentedAttribute[int]",
    plzs: Collection[str],
    external_ids: Collection[str],
) -> list[Known]:
    columns = [getattr(table, name) for name in Person.__dataclass_fields__]
    rows = select(therapist_id.label("known_id"), *columns).where(
        or_(table.plz.in_(plzs), table.external_id.in_(external_ids))
    )
    former = table is MergedTherapist
    found = session.execute(rows).mappings()
    return [Known(row["known_id"], Person.of(dict(row)), former) for row in found]


def mark_listed(session: Session, ids: Collection[int], written_at: datetime) -> None:
    """Nobody's edit: `version` and `updated_at` stay, as they do for contact dates."""
    rows = update(Therapist).where(
        Therapist.id.in_(ids), Therapist.listed_at.is_distinct_from(written_at)
    )
    session.execute(
        rows.values(listed_at=written_at), execution_options={"synchronize_session": False}
    )


def next_ids(session: Session, count: int) -> list[int]:
    """Known before the rows are written: who has no channel has the id for a mailbox."""
    sequence = text(
        "SELECT nextval(pg_get_serial_sequence('therapists', 'id')) FROM generate_series(1, :count)"
    )
    return list(session.scalars(sequence, {"count": count}))


def unplaced_therapists(session: Session, at_most: int) -> Sequence[Therapist]:
    """Therapists whose place could not be asked for yet."""
    rows = select(Therapist).where(Therapist.place_status == "pending").order_by(Therapist.id)
    return session.scalars(rows.limit(at_most)).all()


def take_import_turn(session: Session) -> bool:
    """True for one importer at a time, until its transaction ends."""
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended("therapist_service:import", 0))
    return bool(session.scalar(select(lock)))
