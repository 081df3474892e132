"""Reaction: a patient may have excluded a therapist whose answer is waited for."""

from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.consumers.handlers import HANDLERS
from matching_service.use_cases.patient_exclusions import follow_list_of
from matching_service.wiring import Wiring
from shared.events.envelope import Event


@HANDLERS.reaction("patient.updated", alone=True)
def follow_list(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    follow_list_of(session, event.data["patient_id"], now)
