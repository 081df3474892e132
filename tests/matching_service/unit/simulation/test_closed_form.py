"""The simulator against the one case whose mean can be calculated."""

from math import exp, log

import numpy as np
import pytest

from matching_service.simulation.closed_form import mean_days_with_one, mean_days_with_several
from matching_service.simulation.course import run
from matching_service.simulation.market import Market
from matching_service.simulation.scenario import Scenario, load
from tests.matching_service.unit.simulation.markets import isolated

DELAY, COOLING = 20, 10
CAPACITY = 2.0
SEARCHES = 2_000
ROOM = 1.0 - exp(-CAPACITY)


def a_scenario(no_answer_days: int) -> Scenario:
    """Every answer takes twenty days; one patient each, to as many therapists as there are."""
    return load("baseline-2026").changed(
        answers={"delay_log_mean": log(DELAY - 0.5), "delay_log_sd": 0.0},
        rules={"cooling_days": COOLING, "no_answer_days": no_answer_days},
        one_to_one={"parallel_cap": None},
        measure={"horizon": 360, "from_day": 0, "censored_at": 350},
    )


def simulated(market: Market, scenario: Scenario) -> float:
    waited = run(market, scenario, "one_to_one", seed=0).waited
    assert np.isfinite(waited).all()
    return float(waited.mean())


@pytest.mark.parametrize("no_answer_days", [6, 35])
def test_asking_one_therapist_again_and_again_takes_the_time_of_geometric_waiting(
    no_answer_days: int,
) -> None:
    response = 0.8
    expected = mean_days_with_one(response, ROOM, DELAY, max(no_answer_days, COOLING), COOLING)

    found = simulated(isolated(SEARCHES, 1, response, CAPACITY), a_scenario(no_answer_days))

    assert found == pytest.approx(expected, rel=0.03)


def test_asking_several_independent_therapists_takes_the_time_of_the_first_success() -> None:
    response, therapists = 0.4, 3
    expected = mean_days_with_several(therapists, response, ROOM, DELAY, COOLING)

    found = simulated(
        isolated(SEARCHES, therapists, response, CAPACITY), a_scenario(DELAY + COOLING)
    )

    assert found == pytest.approx(expected, rel=0.03)
