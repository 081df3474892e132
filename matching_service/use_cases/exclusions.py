"""Therapists that a search must not be offered to."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.storage.merged_therapists import survivors
from matching_service.storage.tables import Platzsuche, PlatzsucheExclusion
from matching_service.use_cases.search_history import bump, note


def exclude_therapist(
    session: Session,
    search_id: int,
    therapist_id: int,
    reason: str,
    *,
    source: str,
    actor: str,
    now: datetime,
) -> int | None:
    """Who is excluded now: who was merged into another is excluded as that one. None when nothing
    is new, for excluding again changes nothing. The caller lets nobody be merged and holds the
    search's lock.
    """
    therapist_id = survivors(session, [therapist_id]).get(therapist_id, therapist_id)
    if own_exclusion(session, search_id, therapist_id) is not None:
        return None
    session.add(
        PlatzsucheExclusion(
            platzsuche_id=search_id,
            therapist_id=therapist_id,
            reason=reason,
            source=source,
            excluded_at=now,
            excluded_by=actor,
        )
    )
    search, ref = session.get_one(Platzsuche, search_id), f"therapist:{therapist_id}"
    note(session, search, actor, "excluded", now, reason=reason, ref=ref)
    session.flush()
    return therapist_id


def end_exclusion(
    session: Session, exclusion: PlatzsucheExclusion, actor: str, now: datetime
) -> None:
    """The row stays, with who ended it and when. The caller holds the search's lock."""
    exclusion.removed_at, exclusion.removed_by = now, actor
    search = session.get_one(Platzsuche, exclusion.platzsuche_id)
    bump(search, now)
    ref = f"therapist:{exclusion.therapist_id}"
    note(session, search, actor, "exclusion_removed", now, ref=ref)
    session.flush()


def own_exclusion(
    session: Session, search_id: int, therapist_id: int
) -> PlatzsucheExclusion | None:
    """The one that holds; the patient's own list is another matter."""
    return session.scalar(
        select(PlatzsucheExclusion).where(
            PlatzsucheExclusion.platzsuche_id == search_id,
            PlatzsucheExclusion.therapist_id == therapist_id,
            PlatzsucheExclusion.removed_at.is_(None),
        )
    )
