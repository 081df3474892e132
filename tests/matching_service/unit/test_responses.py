from datetime import datetime, timedelta

import pytest

from matching_service.domain.errors import FieldError, IncompleteResponse, InvalidFields
from matching_service.domain.lifecycle import RowStatus
from matching_service.domain.responses import (
    Outcome,
    check_complete,
    check_responded_at,
    excludes_therapist,
    summarize,
)
from tests.matching_service.unit.people import NOW

YES, FULL, UNFIT, OTHER = Outcome


@pytest.mark.parametrize(
    ("outcomes", "response_type", "accepted"),
    [
        ([YES, YES, YES], "accepted", 3),
        ([YES], "accepted", 1),
        ([YES, FULL, YES], "partial", 2),
        ([FULL, UNFIT, YES], "partial", 1),
        ([FULL, UNFIT, OTHER], "rejected", 0),
        ([OTHER], "rejected", 0),
        ([], "no_response", 0),
    ],
)
def test_the_type_of_an_answer_follows_from_its_outcomes(
    outcomes: list[Outcome], response_type: str, accepted: int
) -> None:
    summary = summarize(outcomes)

    assert (summary.response_type, summary.accepted_count) == (response_type, accepted)


ROWS = {1: RowStatus.PENDING, 2: RowStatus.PENDING, 3: RowStatus.WITHDRAWN}


@pytest.mark.parametrize("answered", [[1, 2], [2, 1], [1, 2, 3]])
def test_every_pending_row_needs_an_outcome_and_withdrawn_ones_may_have_one(
    answered: list[int],
) -> None:
    check_complete(ROWS, answered)


@pytest.mark.parametrize(
    ("answered", "missing", "unknown"),
    [
        ([], (1, 2), ()),
        ([2], (1,), ()),
        ([1, 2, 9], (), (9,)),
        ([3, 8, 7], (1, 2), (7, 8)),
    ],
)
def test_missing_and_unknown_searches_are_named_together(
    answered: list[int], missing: tuple[int, ...], unknown: tuple[int, ...]
) -> None:
    with pytest.raises(IncompleteResponse) as refusal:
        check_complete(ROWS, answered)

    assert (refusal.value.missing, refusal.value.unknown) == (missing, unknown)


def test_a_search_answered_twice_is_named_by_its_places() -> None:
    with pytest.raises(InvalidFields) as refusal:
        check_complete(ROWS, [1, 2, 1])

    assert refusal.value.errors == (
        FieldError("responses[0].search_id", "twice"),
        FieldError("responses[2].search_id", "twice"),
    )


SENT = NOW - timedelta(days=3)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    "responded_at", [NOW, NOW - timedelta(days=2), SENT, SENT - timedelta(days=1)]
)
def test_an_answer_may_date_from_a_day_before_sending_until_now(responded_at: datetime) -> None:
    check_responded_at(responded_at, SENT, NOW)


@pytest.mark.parametrize(
    ("responded_at", "code"),
    [
        (NOW + INSTANT, "in_the_future"),
        (SENT - timedelta(days=1) - INSTANT, "before_sending"),
    ],
)
def test_an_answer_from_another_time_names_its_field(responded_at: datetime, code: str) -> None:
    with pytest.raises(InvalidFields) as refusal:
        check_responded_at(responded_at, SENT, NOW)

    assert refusal.value.errors == (FieldError("responded_at", code),)


def test_only_not_suitable_is_final_for_a_search() -> None:
    assert [outcome for outcome in Outcome if excludes_therapist(outcome)] == [UNFIT]
