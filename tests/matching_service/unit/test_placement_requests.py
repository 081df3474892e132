"""v1's placement requests: four words, and what a therapist has said stays said."""

from datetime import date, timedelta
from itertools import product

import pytest

from matching_service.domain.errors import FieldError, InvalidFields, RequestAnswered
from matching_service.domain.placement_requests import (
    RequestStatus,
    answered_at,
    asked_again_from,
    is_answer,
)
from tests.matching_service.unit.people import NOW, TODAY

OFFEN, IN_BEARBEITUNG, ABGELEHNT, ANGENOMMEN = RequestStatus
OPEN, ANSWERED = {OFFEN, IN_BEARBEITUNG}, {ABGELEHNT, ANGENOMMEN}
EARLY, LATE = date(2026, 3, 1), date(2026, 4, 1)


@pytest.mark.parametrize(("before", "after"), list(product(RequestStatus, RequestStatus)))
def test_open_requests_go_anywhere_and_answered_ones_stay(
    before: RequestStatus, after: RequestStatus
) -> None:
    if before in OPEN or before is after:
        assert is_answer(before, after) is (before in OPEN and after in ANSWERED)
        return
    with pytest.raises(RequestAnswered) as refusal:
        is_answer(before, after)
    assert (refusal.value.status, refusal.value.wanted) == (before, after)


@pytest.mark.parametrize(
    ("agreed", "lawful", "day"),
    [
        (None, None, None),
        (None, EARLY, EARLY),
        (EARLY, None, EARLY),
        (LATE, EARLY, LATE),
        (EARLY, LATE, LATE),
    ],
)
def test_a_later_day_that_staff_agreed_upon_holds_and_an_earlier_one_does_not(
    agreed: date | None, lawful: date | None, day: date | None
) -> None:
    assert asked_again_from(agreed, lawful) == day


def test_an_answer_of_an_earlier_day_counts_from_its_noon() -> None:
    given = answered_at(TODAY - timedelta(days=1), NOW)

    assert (given.date(), given.hour, str(given.tzinfo)) == (
        TODAY - timedelta(days=1),
        12,
        "Europe/Berlin",
    )


@pytest.mark.parametrize("day", [None, TODAY])
def test_an_answer_of_today_counts_from_now(day: date | None) -> None:
    assert answered_at(day, NOW) == NOW


def test_an_answer_of_tomorrow_is_none() -> None:
    with pytest.raises(InvalidFields) as refusal:
        answered_at(TODAY + timedelta(days=1), NOW)

    assert refusal.value.errors == (FieldError("response_date", "in_the_future"),)
