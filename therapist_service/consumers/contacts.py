"""Somebody has written to a therapist, called or been answered: it belongs into the log."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from shared.contracts.contact_news import CONTACT_EVENTS, contact_news
from shared.events.envelope import Event
from therapist_service.consumers.handlers import HANDLERS
from therapist_service.use_cases.contacts import ToldContact, log_told_contact
from therapist_service.use_cases.therapist_rows import SERVICE, Author
from therapist_service.wiring import Wiring


@HANDLERS.projection(*CONTACT_EVENTS)
def log_contacts(session: Session, events: Sequence[Event], wiring: Wiring, now: datetime) -> None:
    """In the order of their therapists, so that two who log several never wait for each other."""
    author = Author(SERVICE, now, wiring.mailbox_secret)
    told = [one for one in map(_told, events) if one is not None]
    for contact in sorted(told, key=lambda one: (one.therapist_id, one.news.at)):
        log_told_contact(session, contact, author)


def _told(event: Event) -> ToldContact | None:
    news = contact_news(event.type, event.data, event.time)
    if news is None or news.therapist_id is None:
        return None
    return ToldContact(event.id, news.therapist_id, news)
