from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from matching_service.domain.chances import TYPICAL_CHANCE
from matching_service.domain.snapshots import SearchSnapshot
from matching_service.domain.waiting import Moved, Waited, time_waited, waiting_days, weight
from tests.matching_service.unit.people import a_search

TODAY = date(2026, 3, 30)  # the day after the clocks went forward


def asked_since(instant: datetime, open_inquiries: int = 0) -> SearchSnapshot:
    return replace(a_search(1, open_inquiries=open_inquiries), waiting_since=instant)


@pytest.mark.parametrize(
    ("since", "days"),
    [
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), 0),  # midnight in Berlin, in summer
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), 1),
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), 2),  # still winter
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), 1),
        (datetime(2026, 3, 31, 9, 0, tzinfo=UTC), 0),  # a clock that runs ahead
        (datetime(2025, 3, 30, 9, 0, tzinfo=UTC), 365),
    ],
)
def test_waiting_is_counted_in_berlin_days(since: datetime, days: int) -> None:
    assert waiting_days(asked_since(since), TODAY) == days


def test_a_search_weighs_twice_as_much_after_half_a_year() -> None:
    fresh = asked_since(datetime(2026, 3, 30, 12, tzinfo=UTC))
    old = asked_since(datetime(2025, 10, 1, 12, tzinfo=UTC))

    assert (weight(fresh, TODAY), weight(old, TODAY)) == (1.0, 2.0)


def test_every_open_inquiry_lowers_the_weight() -> None:
    weights = [
        weight(asked_since(datetime(2026, 3, 30, 9, tzinfo=UTC), n), TODAY) for n in range(3)
    ]

    assert weights == [1.0, 1 - TYPICAL_CHANCE, pytest.approx((1 - TYPICAL_CHANCE) ** 2)]


PAUSED_ON, RESUMED_ON = datetime(2026, 3, 10, 9, tzinfo=UTC), datetime(2026, 3, 15, 9, tzinfo=UTC)
SINCE, NOW = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 30, 9, tzinfo=UTC)
PAUSE = (Moved("paused", PAUSED_ON), Moved("active", RESUMED_ON))
ACCEPTED = Moved("in_sessions", datetime(2026, 3, 20, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moves", "waited"),
    [
        ((), Waited(29, 0)),
        (PAUSE, Waited(29, 5)),
        (PAUSE[:1], Waited(29, 20)),  # still resting
        ((*PAUSE, ACCEPTED), Waited(19, 5)),
        ((ACCEPTED, Moved("successful", NOW)), Waited(19, 0)),
        ((ACCEPTED, Moved("active", NOW)), Waited(29, 0)),  # the trial failed
        ((*PAUSE[:1], Moved("abandoned", RESUMED_ON)), Waited(14, 5)),
    ],
)
def test_waiting_goes_on_through_pauses_and_ends_with_an_acceptance_or_the_search(
    moves: Sequence[Moved], waited: Waited
) -> None:
    assert time_waited(SINCE, moves, NOW) == waited
