"""Tasks that come and go with the state of searches and inquiries, a statement each.

What is open twice, or was done by a person before, is refused by indexes: a job may run as often
and beside as many others as it likes.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Date, cast, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from matching_service.domain.follow_ups import FollowUp
from matching_service.domain.lifecycle import InquiryState, SearchStatus
from matching_service.storage.tables import Platzsuche, Task, Therapeutenanfrage

SEARCH, INQUIRY = Platzsuche.__tablename__, Therapeutenanfrage.__tablename__
_AT_ONCE = 500
_WAITS_FOR = {
    # kind of task → the states of an inquiry in which somebody still has to do something
    "mail_failed": (InquiryState.DRAFT,),
    "mail_bounced": (InquiryState.DRAFT,),
    "too_small_to_send": (InquiryState.DRAFT,),
    "mail_unknown": (InquiryState.SENDING,),
}


def open_follow_ups(
    session: Session, kind: FollowUp, days: int, accepted_before: datetime, now: datetime
) -> int:
    """For acceptances of so many `days` ago; returns how many tasks are new."""
    due = func.timezone("Europe/Berlin", Platzsuche.accepted_at)
    rows = (
        select(
            literal(kind.value),
            literal(SEARCH),
            Platzsuche.id,
            cast(due, Date) + days,
            literal(now, Task.created_at.type),
            func.jsonb_build_object(
                "accepted_at", _in_utc(), "therapist_id", Platzsuche.accepted_therapist_id
            ),
        )
        .where(_waits(kind), Platzsuche.accepted_at < accepted_before, ~_known(kind))
        .order_by(Platzsuche.accepted_at)
        .limit(_AT_ONCE)
    )
    columns = ["kind", "ref_table", "ref_id", "due_on", "created_at", "detail"]
    new = insert(Task).from_select(columns, rows).on_conflict_do_nothing().returning(Task.id)
    return len(session.scalars(new).all())


def close_follow_ups(session: Session, actor: str, now: datetime, search_id: int | None) -> int:
    """Those whose reason is gone, of one search or of all."""
    closed = 0
    for kind in FollowUp:
        still = select(Platzsuche.id).where(
            Platzsuche.id == Task.ref_id,
            _waits(kind),
            Task.detail["accepted_at"].astext == _in_utc(),
        )
        gone = _open(kind, SEARCH).where(~still.exists())
        closed += _close(
            session, gone if search_id is None else gone.where(Task.ref_id == search_id), actor, now
        )
    return closed


def close_about_inquiries(session: Session, actor: str, now: datetime) -> int:
    """An inquiry has moved on: nobody has to look at it any more."""
    closed = 0
    for kind, states in _WAITS_FOR.items():
        inquiry = Therapeutenanfrage
        still = select(inquiry.id).where(inquiry.id == Task.ref_id, inquiry.state.in_(states))
        closed += _close(session, _open(kind, INQUIRY).where(~still.exists()), actor, now)
    return closed


def _waits(kind: FollowUp) -> Any:
    in_sessions = Platzsuche.status == SearchStatus.IN_SESSIONS
    if kind is FollowUp.NO_FIRST_MEETING:
        return in_sessions & Platzsuche.first_meeting_on.is_(None)
    return in_sessions


def _known(kind: FollowUp) -> Any:
    """Open, or done by a person; the index would refuse it, this only spares the attempt."""
    return (
        select(Task.id)
        .where(
            Task.kind == kind,
            Task.ref_id == Platzsuche.id,
            Task.detail["accepted_at"].astext == _in_utc(),
            Task.done_by.is_distinct_from("system"),
        )
        .exists()
    )


def _in_utc() -> Any:
    """The instant as text that is the same in every session."""
    utc = func.timezone("UTC", Platzsuche.accepted_at)
    return func.to_char(utc, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')


def _open(kind: str, ref_table: str) -> Any:
    return update(Task).where(
        Task.kind == kind, Task.ref_table == ref_table, Task.done_at.is_(None)
    )


def _close(session: Session, tasks: Any, actor: str, now: datetime) -> int:
    done = tasks.values(done_at=now, done_by=actor).returning(Task.id)
    return len(session.scalars(done.execution_options(synchronize_session=False)).all())
