"""A practice has answered a mail that belongs to no inquiry."""

from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.storage.locks import lock_mailboxes
from matching_service.storage.tables import TherapistRow
from matching_service.use_cases.contact_law import enforce_cooling_period
from matching_service.use_cases.search_history import SYSTEM


def cool_after_mail(
    session: Session, therapist_id: int, answered_at: datetime, cooling_days: int, now: datetime
) -> None:
    """Whatever it said. Nothing, when the therapist is not known here."""
    therapist = session.get(TherapistRow, therapist_id)
    if therapist is None:
        return
    enforce_cooling_period(
        session,
        lock_mailboxes(session, [therapist.mailbox_id])[therapist.mailbox_id],
        responded_at=answered_at,
        cooling_days=cooling_days,
        inquiry_id=None,
        actor=SYSTEM,
        now=now,
    )
