"""Reaction: a therapist is gone because it was somebody else all along."""

from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.consumers.handlers import HANDLERS
from matching_service.use_cases.merges import follow_merge
from matching_service.wiring import Wiring
from shared.events.envelope import Event


@HANDLERS.reaction("therapist.deleted", alone=True)
def follow(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    data = event.data
    if (survivor := data.get("merged_into")) is not None:
        follow_merge(session, data["therapist_id"], survivor, data["mailbox_key"], now)
