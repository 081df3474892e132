"""What therapists have said on their own page: ask me later, or not at all."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from therapist_service.storage.tables import Therapist
from therapist_service.use_cases.therapist_rows import Author
from therapist_service.use_cases.therapists import lock_therapist, update_therapist


def record_wishes(
    session: Session, therapist_id: int, wishes: Mapping[str, Any], author: Author
) -> None:
    """What is known already changes nothing. Raises TherapistNotFound, NotYet."""
    therapist = lock_therapist(session, therapist_id)
    new = {name: wish for name, wish in wishes.items() if not _is_known(therapist, name, wish)}
    if new:
        update_therapist(session, therapist_id, new, None, author)


def _is_known(therapist: Therapist, name: str, wish: object) -> bool:
    """An opt-out counts from the first time it was said."""
    said = getattr(therapist, name)
    if name == "kein_kontakt" and wish is not None:
        return said is not None
    return bool(said == wish)
