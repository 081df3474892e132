"""An inquiry's mail follows the inquiry. Only `bundle.sent` lets it go out."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.use_cases.call_follow_ups import call_at_once, is_called_only
from communication_service.use_cases.inquiry_mail import (
    gather_inquiry,
    release_mail,
    withdraw_unsent,
    write_draft,
)
from communication_service.wiring import Wiring
from shared.events.envelope import Event
from shared.events.handlers import Handlers

HANDLERS = Handlers()


@HANDLERS.reaction("bundle.created")
def draft(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    """Comes again for a draft that was edited."""
    inquiry = gather_inquiry(event.data["bundle_id"], wiring.matching, wiring.people)
    if inquiry is not None:
        write_draft(session, inquiry, wiring.letterhead, now)


@HANDLERS.reaction("bundle.sent")
def release(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    """An inquiry with nobody left in it is closed by matching, which says so next."""
    inquiry = gather_inquiry(event.data["bundle_id"], wiring.matching, wiring.people)
    if inquiry is None:
        return
    if is_called_only(inquiry.practice):
        withdraw_unsent(session, inquiry.bundle_id)
        call_at_once(session, inquiry, wiring.call_desk, now)
    else:
        release_mail(session, inquiry, wiring.letterhead, now)


@HANDLERS.reaction("bundle.cancelled", "bundle.closed", "bundle.responded")
def withdraw(session: Session, event: Event, _wiring: Wiring, _now: datetime) -> None:
    withdraw_unsent(session, event.data["bundle_id"])
