"""Nobody is called about an inquiry that is over."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.consumers.handlers import HANDLERS
from communication_service.use_cases.call_follow_ups import end_calls
from communication_service.wiring import Wiring
from shared.events.envelope import Event


@HANDLERS.reaction("bundle.cancelled", "bundle.closed", "bundle.responded")
def stop_calling(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    moment = event.type.removeprefix("bundle.")
    end_calls(session, event.data["bundle_id"], event.data["therapist_id"], moment, now)
