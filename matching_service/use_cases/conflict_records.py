"""Acceptances that came too late: written down, kept true while places are taken and given back.

Whoever calls holds the lock of the search; it guards the conflicts of that search as well.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from matching_service.domain.conflicts import ConflictState, Resolution
from matching_service.domain.lifecycle import RowStatus, SearchStatus
from matching_service.storage.tables import (
    Conflict,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)
from matching_service.use_cases.announcements import tell_conflict
from matching_service.use_cases.tasks import close_task, open_task


@dataclass(frozen=True)
class Acceptance:
    row: TherapeutAnfragePatient
    inquiry: Therapeutenanfrage
    responded_at: datetime


def note_conflict(
    session: Session, late: Acceptance, kind: str, search: SearchStatus, now: datetime
) -> Conflict:
    """Two acceptances are nobody's error: the second waits for a person to solve it kindly."""
    winner = live_acceptance(session, late.row.platzsuche_id)
    free = winner is None and search in (SearchStatus.ACTIVE, SearchStatus.PAUSED)
    conflict = Conflict(
        kind=kind,
        state=ConflictState.PROMOTABLE if free else ConflictState.OPEN,
        platzsuche_id=late.row.platzsuche_id,
        winner_row_id=winner.id if winner else None,
        loser_row_id=late.row.id,
        loser_inquiry_id=late.inquiry.id,
        responded_at=late.responded_at,
        created_at=now,
        version=1,
    )
    session.add(conflict)
    session.flush()
    open_task(session, kind, conflict.id, now, about=Conflict.__tablename__)
    winner_bundle = winner.therapeutenanfrage_id if winner else None
    tell_conflict(session, conflict, winner_bundle, late.inquiry, now)
    return conflict


def live_acceptance(session: Session, search_id: int) -> TherapeutAnfragePatient | None:
    """Who has the place: at most one, by unique index."""
    return session.scalar(
        select(TherapeutAnfragePatient).where(
            TherapeutAnfragePatient.platzsuche_id == search_id,
            TherapeutAnfragePatient.status == RowStatus.ACCEPTED,
            TherapeutAnfragePatient.ended_at.is_(None),
        )
    )


def let_losers_move_up(session: Session, search_id: int) -> None:
    """The place is free again: whoever else has accepted may have it."""
    freed = _unresolved(search_id)
    session.execute(freed.values(version=Conflict.version + 1, state=ConflictState.PROMOTABLE))


def yield_to(session: Session, winner: TherapeutAnfragePatient) -> None:
    """The place is taken, perhaps once more: whoever else has accepted waits behind the winner."""
    session.execute(
        _unresolved(winner.platzsuche_id)
        .where(Conflict.loser_row_id != winner.id)
        .values(version=Conflict.version + 1, state=ConflictState.OPEN, winner_row_id=winner.id)
    )


def settle(
    session: Session,
    conflict: Conflict,
    resolution: Resolution,
    notes: str | None,
    actor: str,
    now: datetime,
) -> None:
    conflict.state, conflict.resolution, conflict.notes = ConflictState.RESOLVED, resolution, notes
    conflict.resolved_by, conflict.resolved_at = actor, now
    conflict.version += 1
    session.flush()
    close_task(session, conflict.kind, conflict.id, actor, now, about=Conflict.__tablename__)


def settle_as_moot(
    session: Session, loser: TherapeutAnfragePatient, reason: str, actor: str, now: datetime
) -> None:
    """The late acceptance was none."""
    conflict = session.scalar(
        select(Conflict)
        .where(Conflict.loser_row_id == loser.id, Conflict.state != ConflictState.RESOLVED)
        .execution_options(populate_existing=True)
    )
    if conflict is not None:
        settle(session, conflict, Resolution.MOOT, reason, actor, now)


def _unresolved(search_id: int) -> Update:
    return update(Conflict).where(
        Conflict.platzsuche_id == search_id, Conflict.state != ConflictState.RESOLVED
    )
