"""The estimate of waiting times: the textbook's loops, and its corners."""

from random import Random

import pytest

from matching_service.domain.kaplan_meier import HORIZON_DAYS, Step, Waits
from tests.matching_service.counted_by_hand import kaplan_meier


@pytest.mark.parametrize("seed", range(40))
def test_any_waits_are_estimated_as_the_textbook_does(seed: int) -> None:
    chance = Random(seed)
    longest = chance.choice([0, 1, 5, 300, 900])
    people = [
        (chance.randint(0, longest), chance.random() < 0.6) for _ in range(chance.randint(1, 60))
    ]

    waits = Waits(*zip(*people, strict=True))

    assert {
        "mean_days": pytest.approx(waits.mean_days),
        "median_days": waits.median_days,
        "events": waits.events,
        "censored": waits.censored,
        "at_risk_at_horizon": waits.at_risk(HORIZON_DAYS),
    } == kaplan_meier(people, HORIZON_DAYS)


def test_where_more_than_half_still_wait_the_median_is_unknown() -> None:
    assert Waits([10, 20, 30], [True, False, False]).median_days is None


def test_the_mean_reaches_as_far_as_somebody_was_watched() -> None:
    assert Waits([10, 20], [True, False]).horizon_days == 20
    assert Waits([10, 900], [True, False]).horizon_days == HORIZON_DAYS


def test_whoever_was_watched_to_the_end_makes_the_mean_known_for_the_whole_year() -> None:
    assert Waits([10, 20], [True, True]).horizon_days == HORIZON_DAYS


def test_the_curve_falls_with_events_and_is_unknown_after_the_last_who_was_watched() -> None:
    steps = {step.day: step for step in Waits([10, 30, 30, 40], [True, True, False, False]).curve()}

    assert steps[0] == Step(0, 4, 4, 0, 0, 1.0)
    assert steps[28] == Step(28, 4, 3, 1, 0, 0.75)
    assert steps[56] == Step(56, 4, 0, 2, 2, None)
