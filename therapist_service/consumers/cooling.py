"""A practice has answered, or wants to hear of us earlier: everybody behind its mailbox shows until
when it is left in peace."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from shared.events.envelope import Event
from therapist_service.consumers.handlers import HANDLERS
from therapist_service.use_cases.contact_dates import ContactDates, copy_contact_dates
from therapist_service.wiring import Wiring


@HANDLERS.projection("cooling.started", "cooling.overridden")
def keep_contact_dates(
    session: Session, events: Sequence[Event], _wiring: Wiring, _now: datetime
) -> None:
    copy_contact_dates(session, [_dates(event) for event in events])


def _dates(event: Event) -> ContactDates:
    return ContactDates(
        tuple(event.data["therapist_ids"]),
        last_contact_date=date.fromisoformat(event.data["last_contact_date"]),
        next_contactable_date=date.fromisoformat(event.data["next_contactable_date"]),
        overridden=event.type == "cooling.overridden",
    )
