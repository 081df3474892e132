"""Therapists that a search must not be offered to."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.storage.tables import PlatzsucheExclusion


def exclude_therapist(
    session: Session,
    search_id: int,
    therapist_id: int,
    reason: str,
    *,
    source: str,
    actor: str,
    now: datetime,
) -> None:
    """Excluding again changes nothing."""
    already = session.scalar(
        select(PlatzsucheExclusion.id).where(
            PlatzsucheExclusion.platzsuche_id == search_id,
            PlatzsucheExclusion.therapist_id == therapist_id,
            PlatzsucheExclusion.removed_at.is_(None),
        )
    )
    if already is None:
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
        session.flush()
