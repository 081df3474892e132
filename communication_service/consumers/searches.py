"""Letters to a patient follow the search, and so does a confirmation that names the patient."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.consumers.handlers import HANDLERS
from communication_service.storage import queries
from communication_service.use_cases.answer_letters import follow_answer, gather_answered
from communication_service.use_cases.search_letters import (
    SearchNews,
    begin_search,
    follow_search,
)
from communication_service.wiring import Wiring
from shared.events.envelope import Event

_HAS_A_PLACE = ("in_sessions", "successful")


@HANDLERS.reaction("search.created")
def begin(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    begin_search(session, _news(event), wiring.people, wiring.letterhead, now)


@HANDLERS.reaction("search.status_changed")
def follow(session: Session, event: Event, wiring: Wiring, now: datetime) -> None:
    news = _news(event)
    follow_search(session, news, wiring.people, wiring.letterhead, now)
    if news.status not in _HAS_A_PLACE:
        _name_nobody_in_vain(session, news.search_id, wiring, now)


def _name_nobody_in_vain(session: Session, search_id: int, wiring: Wiring, now: datetime) -> None:
    for bundle_id in queries.inquiries_about_to_confirm(session, search_id):
        answered = gather_answered(bundle_id, wiring.matching, wiring.people, now)
        follow_answer(session, answered, wiring.letterhead, wiring.confirmation_delay, now)


def _news(event: Event) -> SearchNews:
    return SearchNews(
        search_id=event.data["search_id"],
        patient_id=event.data["patient_id"],
        status=event.data["status"],
        end_reason=event.data.get("end_reason"),
        therapist_id=event.data.get("therapist_id"),
    )
