"""A therapist's answer: is it complete, is its time believable, what does it amount to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from matching_service.domain.errors import FieldError, IncompleteResponse, InvalidFields
from matching_service.domain.lifecycle import RowStatus

ANSWER_BEFORE_SENDING = timedelta(days=1)


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REJECTED_CAPACITY = "rejected_capacity"
    REJECTED_NOT_SUITABLE = "rejected_not_suitable"
    REJECTED_OTHER = "rejected_other"


class ResponseType(StrEnum):
    ACCEPTED = "accepted"
    PARTIAL = "partial"
    REJECTED = "rejected"
    NO_RESPONSE = "no_response"


@dataclass(frozen=True, slots=True)
class ResponseSummary:
    response_type: ResponseType
    accepted_count: int


def summarize(outcomes: Iterable[Outcome]) -> ResponseSummary:
    """Over the rows that have an outcome, as the therapist gave it (conflicts included)."""
    given = list(outcomes)
    accepted = given.count(Outcome.ACCEPTED)
    if not given:
        kind = ResponseType.NO_RESPONSE
    elif accepted == len(given):
        kind = ResponseType.ACCEPTED
    else:
        kind = ResponseType.PARTIAL if accepted else ResponseType.REJECTED
    return ResponseSummary(kind, accepted)


def check_complete(rows: Mapping[int, RowStatus], answered: Sequence[int]) -> None:
    """`rows`: status by search id; `answered`: the search ids of the answer, in its order.

    Raises InvalidFields for a search answered twice, IncompleteResponse otherwise.
    """
    pending = {search_id for search_id, status in rows.items() if status is RowStatus.PENDING}
    _check_covered(pending, set(rows), answered)


def check_corrects_all(rows: Mapping[int, str | None], answered: Sequence[int]) -> None:
    """`rows`: the stored outcome by search id; whoever has one needs one again.

    Raises InvalidFields for a search answered twice, IncompleteResponse otherwise.
    """
    has_outcome = {search_id for search_id, outcome in rows.items() if outcome is not None}
    _check_covered(has_outcome, set(rows), answered)


def _check_covered(needed: set[int], known: set[int], answered: Sequence[int]) -> None:
    twice = {search_id for search_id, times in Counter(answered).items() if times > 1}
    if twice:
        where = (index for index, search_id in enumerate(answered) if search_id in twice)
        raise InvalidFields(FieldError(f"responses[{index}].search_id", "twice") for index in where)
    missing, unknown = needed - set(answered), set(answered) - known
    if missing or unknown:
        raise IncompleteResponse(sorted(missing), sorted(unknown))


def check_responded_at(responded_at: datetime, sent_at: datetime, now: datetime) -> None:
    """`sent_at`: when the inquiry was made while it is still being sent. Raises InvalidFields."""
    if responded_at > now:
        raise InvalidFields([FieldError("responded_at", "in_the_future")])
    if responded_at < sent_at - ANSWER_BEFORE_SENDING:
        raise InvalidFields([FieldError("responded_at", "before_sending")])


def excludes_therapist(outcome: Outcome) -> bool:
    """Not suitable is final for this search; capacity and other refusals may be asked again."""
    return outcome is Outcome.REJECTED_NOT_SUITABLE
