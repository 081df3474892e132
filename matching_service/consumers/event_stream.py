"""Reaction: whatever happens anywhere is told to the pages that are open.

A reaction, because a replay would tell them old news. In the transaction in which matching's own
copies follow, so that a page that looks again because of it sees them.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.consumers.handlers import HANDLERS
from matching_service.domain.stream_news import news_of
from matching_service.storage.stream import keep_news
from matching_service.wiring import Wiring
from shared.contracts.event_types import EVENT_TYPES
from shared.events.envelope import Event


@HANDLERS.reaction(*EVENT_TYPES)
def tell_pages(session: Session, event: Event, _wiring: Wiring, _now: datetime) -> None:
    keep_news(session, event.id, news_of(event.type, event.data), event.time)
