"""Projection: at which mailboxes no mail arrives."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.consumers.handlers import HANDLERS
from matching_service.storage.mailbox_reach import keep_reach
from matching_service.wiring import Wiring
from shared.events.envelope import Event

_FAILED = "communication.mailbox_failed"


@HANDLERS.projection(_FAILED, "communication.mailbox_restored")
def project_mailboxes(
    session: Session, events: Sequence[Event], _wiring: Wiring, _now: datetime
) -> None:
    for event in events:
        key, version = event.data["mailbox_key"], event.data["version"]
        keep_reach(session, key, version, undeliverable=event.type == _FAILED)
