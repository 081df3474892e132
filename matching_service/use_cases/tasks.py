"""What waits for a person, opened once per thing and kind."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.berlin import berlin_day
from matching_service.storage.tables import Task, Therapeutenanfrage


def open_task(
    session: Session,
    kind: str,
    inquiry_id: int,
    now: datetime,
    detail: dict[str, object] | None = None,
) -> None:
    already = session.scalar(
        select(Task.id).where(
            Task.kind == kind,
            Task.ref_table == Therapeutenanfrage.__tablename__,
            Task.ref_id == inquiry_id,
            Task.done_at.is_(None),
        )
    )
    if already is None:
        session.add(
            Task(
                kind=kind,
                ref_table=Therapeutenanfrage.__tablename__,
                ref_id=inquiry_id,
                due_on=berlin_day(now),
                created_at=now,
                detail=detail or {},
            )
        )
        session.flush()
