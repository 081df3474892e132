"""What waits for a person, opened once per thing and kind."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from matching_service.storage.tables import Task, Therapeutenanfrage
from shared.contracts.berlin import berlin_day


def open_task(
    session: Session,
    kind: str,
    ref_id: int,
    now: datetime,
    detail: dict[str, object] | None = None,
    *,
    about: str = Therapeutenanfrage.__tablename__,
) -> None:
    """`about`: the table that `ref_id` is from."""
    already = session.scalar(
        select(Task.id).where(
            Task.kind == kind,
            Task.ref_table == about,
            Task.ref_id == ref_id,
            Task.done_at.is_(None),
        )
    )
    if already is None:
        session.add(
            Task(
                kind=kind,
                ref_table=about,
                ref_id=ref_id,
                due_on=berlin_day(now),
                created_at=now,
                detail=detail or {},
            )
        )
        session.flush()


def close_task(
    session: Session, kind: str, ref_id: int, actor: str, now: datetime, *, about: str
) -> None:
    """What the task waited for has been done; without such a task nothing happens."""
    session.execute(
        update(Task)
        .where(
            Task.kind == kind,
            Task.ref_table == about,
            Task.ref_id == ref_id,
            Task.done_at.is_(None),
        )
        .values(done_at=now, done_by=actor)
    )
