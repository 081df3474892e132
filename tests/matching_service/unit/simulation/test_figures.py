"""Means with their intervals."""

import numpy as np
import pytest

from matching_service.simulation.course import Outcome, Tally
from matching_service.simulation.figures import estimate, figures_of, paired, t_95
from matching_service.simulation.scenario import load


def test_an_interval_is_students() -> None:
    found = estimate([40.0, 42.0, 44.0, 46.0])  # deviation 2.582, t(3) = 3.182
    assert found.mean == pytest.approx(43.0)
    assert found.margin == pytest.approx(3.182 * 2.582 / 2.0, rel=1e-3)
    assert t_95(7) == 2.365


def test_what_the_runs_of_a_seed_have_in_common_cancels_out() -> None:
    ones = [{"mean": 40.0}, {"mean": 50.0}, {"mean": 60.0}]
    others = [{"mean": 42.0}, {"mean": 52.0}, {"mean": 62.0}]
    difference = paired(ones, others, "mean")
    assert difference.mean == -2.0
    assert difference.margin == 0.0
    assert difference.is_clear


def test_waiting_is_cut_and_rates_have_their_own_denominators() -> None:
    tally = Tally(
        days=10,
        inquiries=20,
        offered=100,
        answered=8,
        offered_answered=40,
        accepted=4,
        conflicts=1,
        successful=2,
        active=70,
    )
    waited = np.array([10.0, 20.0, 130.0, np.inf])

    found = figures_of(Outcome(waited, tally, therapists=5), load("baseline-2026").measure)

    assert found["mean"] == pytest.approx((10 + 20 + 120 + 120) / 4)
    assert found["placed %"] == 50.0
    assert found["under 30 d %"] == 50.0
    assert found["per patient %"] == 10.0
    assert found["per answer %"] == 25.0
    assert found["per inquiry %"] == 10.0
    assert found["size"] == 5.0
    assert found["contacts/y"] == pytest.approx(2 / 5 * 365)
    assert found["active"] == 7.0
