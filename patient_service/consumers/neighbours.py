"""What happens to searches and therapists changes patients; contacts are written down."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from patient_service.use_cases.contacts import ToldContact, log_told_contacts
from patient_service.use_cases.following import follow_merger, follow_search
from patient_service.wiring import Wiring
from shared.contracts.contact_news import CONTACT_EVENTS, contact_news
from shared.events.envelope import Event
from shared.events.handlers import Handlers

HANDLERS = Handlers()


@HANDLERS.reaction("search.created", "search.status_changed")
def follow(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    told = event.data
    follow_search(
        session,
        told["patient_id"],
        told["search_id"],
        told["status"],
        at=event.time,
        now=now,
    )


@HANDLERS.reaction("therapist.deleted")
def replace_merged(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    """A therapist who is simply gone stays in the lists: an id is never given twice."""
    survivor = event.data.get("merged_into")
    if survivor is not None:
        follow_merger(session, event.data["therapist_id"], survivor, now)


@HANDLERS.projection(*CONTACT_EVENTS)
def log_contacts(session: Session, events: Sequence[Event], _wiring: Wiring, now: datetime) -> None:
    news = ((event.id, contact_news(event.type, event.data, event.time)) for event in events)
    told = [ToldContact(event_id, one) for event_id, one in news if one is not None]
    log_told_contacts(session, told, now)
