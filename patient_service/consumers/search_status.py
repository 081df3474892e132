"""The patient's status follows the Platzsuche."""

from datetime import datetime

from sqlalchemy.orm import Session

from patient_service.use_cases.patients import follow_search
from patient_service.wiring import Wiring
from shared.events.envelope import Event
from shared.events.handlers import Handlers

HANDLERS = Handlers()


@HANDLERS.reaction("search.created", "search.status_changed")
def follow(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    follow_search(session, event.data["patient_id"], event.data["status"], now)
