"""What waits for a person, as a list: open tasks first, the longest due on top."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from matching_service.storage.tables import Conflict, Platzsuche, Task, Therapeutenanfrage

TaskKey = tuple[bool, date, int]
"""(done, due on, id)"""


class About(NamedTuple):
    """What the row that a task refers to is about."""

    search_id: int | None = None
    bundle_id: int | None = None
    therapist_id: int | None = None


def tasks(
    session: Session, filters: Mapping[str, Any], after: TaskKey | None, limit: int
) -> tuple[Sequence[Task], int]:
    """`filters`: kind, state. Returns a page and how many there are on all pages."""
    is_done = Task.done_at.is_not(None)
    rows = of_kind = select(Task)
    if kind := filters.get("kind"):
        rows = of_kind = of_kind.where(Task.kind == kind)
    if state := filters.get("state"):
        rows = rows.where(is_done if state == "done" else ~is_done)
    if state == "done":  # nearly all: whoever is still open is counted by an index
        total = _how_many(session, of_kind) - _how_many(session, of_kind.where(~is_done))
    else:
        total = _how_many(session, rows)
    if after is not None:
        rows = rows.where(tuple_(is_done, Task.due_on, Task.id) > tuple_(*map(literal, after)))
    page = session.scalars(rows.order_by(is_done, Task.due_on, Task.id).limit(limit)).all()
    return page, total


def _how_many(session: Session, rows: "Select[Any]") -> int:
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def what_about(session: Session, found: Sequence[Task]) -> dict[int, About]:
    """By the task's id."""
    inquiries = _inquiries(session, _refs(found, Therapeutenanfrage.__tablename__))
    conflicts = _conflicts(session, _refs(found, Conflict.__tablename__))
    searches = {one: About(search_id=one) for one in _refs(found, Platzsuche.__tablename__)}
    known = {
        Therapeutenanfrage.__tablename__: inquiries,
        Conflict.__tablename__: conflicts,
        Platzsuche.__tablename__: searches,
    }
    return {one.id: known.get(one.ref_table, {}).get(one.ref_id, About()) for one in found}


def _refs(found: Sequence[Task], table: str) -> set[int]:
    return {one.ref_id for one in found if one.ref_table == table}


def _inquiries(session: Session, ids: set[int]) -> dict[int, About]:
    rows = select(Therapeutenanfrage.id, Therapeutenanfrage.therapist_id)
    found = session.execute(rows.where(Therapeutenanfrage.id.in_(ids)))
    return {bundle_id: About(None, bundle_id, therapist_id) for bundle_id, therapist_id in found}


def _conflicts(session: Session, ids: set[int]) -> dict[int, About]:
    rows = (
        select(Conflict.id, Conflict.platzsuche_id, Therapeutenanfrage)
        .join(Therapeutenanfrage, Therapeutenanfrage.id == Conflict.loser_inquiry_id)
        .where(Conflict.id.in_(ids))
    )
    return {
        conflict_id: About(search_id, inquiry.id, inquiry.therapist_id)
        for conflict_id, search_id, inquiry in session.execute(rows)
    }
