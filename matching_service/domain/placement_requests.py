"""v1: one patient is asked for at one therapist. Deprecated; new work goes into bundles.

What a therapist answers to such a request is an answer like any other: it cools the mailbox, and a
yes takes the place of the patient's search.
"""

from datetime import date, datetime, time
from enum import StrEnum

from matching_service.domain.errors import FieldError, InvalidFields, RequestAnswered
from matching_service.domain.responses import Outcome
from shared.contracts.berlin import BERLIN, berlin_day


class RequestStatus(StrEnum):
    OFFEN = "offen"
    IN_BEARBEITUNG = "in_bearbeitung"
    ABGELEHNT = "abgelehnt"
    ANGENOMMEN = "angenommen"


OPEN_REQUESTS = frozenset({RequestStatus.OFFEN, RequestStatus.IN_BEARBEITUNG})
ANSWERS = {
    # v1 has no word for why.
    RequestStatus.ABGELEHNT: Outcome.REJECTED_OTHER,
    RequestStatus.ANGENOMMEN: Outcome.ACCEPTED,
}


def is_answer(before: RequestStatus, after: RequestStatus) -> bool:
    """Raises RequestAnswered."""
    if before not in OPEN_REQUESTS and after is not before:
        raise RequestAnswered(before, after)
    return before in OPEN_REQUESTS and after in ANSWERS


def answered_at(response_date: date | None, now: datetime) -> datetime:
    """v1 knows days only: an earlier one is taken at its noon. Raises InvalidFields."""
    today = berlin_day(now)
    if response_date is None or response_date == today:
        return now
    if response_date > today:
        raise InvalidFields([FieldError("response_date", "in_the_future")])
    return datetime.combine(response_date, time(12), BERLIN)


def asked_again_from(agreed: date | None, lawful: date | None) -> date | None:
    """A later day that staff agreed upon holds; an earlier one the law does not know."""
    return max((day for day in (agreed, lawful) if day), default=None)
