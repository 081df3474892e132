"""Tasks are done by people, and close by themselves when their reason is gone."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.errors import IllegalTransition, NotFound
from matching_service.domain.follow_ups import FollowUp, FollowUps, accepted_before
from matching_service.storage import follow_up_tasks
from matching_service.storage.tables import Conflict, Task
from matching_service.use_cases.search_history import SYSTEM
from shared.contracts.berlin import berlin_day


def finish_task(
    session: Session, task_id: int, comment: str | None, *, actor: str, now: datetime
) -> Task:
    """Who comes second finds it done: nothing changes.

    Raises NotFound, IllegalTransition (a conflict is done by resolving it).
    """
    locked = select(Task).where(Task.id == task_id).with_for_update()
    task = session.scalar(locked.execution_options(populate_existing=True))
    if task is None:
        raise NotFound("task", task_id)
    if task.done_at is not None:
        return task
    if task.ref_table == Conflict.__tablename__ and task.kind in ("conflict", "late_acceptance"):
        raise IllegalTransition("open", "done", ("resolve",))
    task.done_at, task.done_by, task.note = now, actor, comment
    session.flush()
    return task


def open_follow_ups(session: Session, waits: FollowUps, now: datetime) -> int:
    """Tasks for acceptances that lead nowhere; returns how many are new."""
    today = berlin_day(now)
    return sum(
        follow_up_tasks.open_follow_ups(
            session, kind, waits.days(kind), accepted_before(waits.days(kind), today), now
        )
        for kind in FollowUp
    )


def close_settled(session: Session, now: datetime, search_id: int | None = None) -> int:
    """Tasks whose reason is gone, of one search or all; returns how many."""
    session.flush()
    closed = follow_up_tasks.close_follow_ups(session, SYSTEM, now, search_id)
    if search_id is None:
        closed += follow_up_tasks.close_about_inquiries(session, SYSTEM, now)
    return closed
