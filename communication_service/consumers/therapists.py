"""What practices want of us is kept at the therapist; our register follows."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.consumers.handlers import HANDLERS
from communication_service.use_cases.contact_wishes import end_cleared_wishes
from communication_service.wiring import Wiring
from shared.events.envelope import Event


@HANDLERS.reaction("therapist.updated", "therapist.blocked", "therapist.unblocked")
def follow_wishes(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    end_cleared_wishes(session, event.data["therapist_id"], wiring.people, now)
