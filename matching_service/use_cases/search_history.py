"""Every change of a search leaves a version and a line of history: who, when, what, why."""

from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.storage.tables import Platzsuche, PlatzsucheHistory

SYSTEM = "system"


def bump(search: Platzsuche, now: datetime) -> None:
    search.version += 1
    search.updated_at = now


def note(
    session: Session,
    search: Platzsuche,
    actor: str,
    kind: str,
    now: datetime,
    *,
    origin: str | None = None,
    to: str | None = None,
    reason: str | None = None,
    ref: str | None = None,
) -> None:
    session.add(
        PlatzsucheHistory(
            platzsuche_id=search.id,
            at=now,
            actor=actor,
            kind=kind,
            from_=origin,
            to=to,
            reason=reason,
            ref=ref,
        )
    )
