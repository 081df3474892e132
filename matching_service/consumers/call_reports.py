"""Reactions: an inquiry is called about, and what came of the call."""

from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.consumers.handlers import HANDLERS
from matching_service.use_cases import phone_calls
from matching_service.use_cases.inquiries import close_refused, close_without_answer
from matching_service.wiring import Wiring
from shared.events.envelope import Event


@HANDLERS.reaction("communication.call_scheduled", alone=True)
def call_scheduled(session: Session, event: Event, _wiring: Wiring, _now: datetime) -> None:
    data = event.data
    if (inquiry_id := data.get("bundle_id")) is not None:
        at = datetime.fromisoformat(data["at"])
        phone_calls.note_call_scheduled(session, inquiry_id, data["call_id"], at)


@HANDLERS.reaction("communication.call_completed", alone=True)
def call_completed(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    """What was said about the patients came another way before: as an answer."""
    data = event.data
    at = datetime.fromisoformat(data["at"])
    contact = phone_calls.PhoneContact(data.get("bundle_id"), data["therapist_id"], at)
    match data["outcome"]:
        case "reached" if not data["answered"]:
            phone_calls.cool_after_contact(session, contact, wiring.cooling_days, now)
        case "refused_contact":
            phone_calls.cool_after_contact(session, contact, wiring.cooling_days, now)
            phone_calls.ask_for_opt_out(session, contact, now)
            if contact.inquiry_id is not None:
                close_refused(session, contact.inquiry_id, now)
        case "not_reached" if data["given_up"] and contact.inquiry_id is not None:
            close_without_answer(session, contact.inquiry_id, now)
