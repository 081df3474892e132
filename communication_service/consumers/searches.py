"""Letters to a patient follow the search."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.consumers.handlers import HANDLERS
from communication_service.use_cases.search_letters import (
    SearchNews,
    begin_search,
    follow_search,
)
from communication_service.wiring import Wiring
from shared.events.envelope import Event


@HANDLERS.reaction("search.created")
def begin(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    begin_search(session, _news(event), wiring.people, wiring.letterhead, now)


@HANDLERS.reaction("search.status_changed")
def follow(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    follow_search(session, _news(event), wiring.people, wiring.letterhead, now)


def _news(event: Event) -> SearchNews:
    return SearchNews(
        search_id=event.data["search_id"],
        patient_id=event.data["patient_id"],
        status=event.data["status"],
        end_reason=event.data.get("end_reason"),
        therapist_id=event.data.get("therapist_id"),
    )
