"""A limit in whole kilometres as the largest distance that is still shown as at most that."""

from math import inf, nextafter

import pytest

from matching_service.domain.distance import arc_km
from matching_service.domain.fast.reaches import (
    NOWHERE,
    WHOLE_GLOBE,
    largest_rounding_to,
    squared_chord,
)


@pytest.mark.parametrize("limit", [*range(-20, 201), 500, 20_000])
def test_it_rounds_to_the_limit_and_the_next_larger_number_does_not(limit: int) -> None:
    largest = largest_rounding_to(limit)

    assert round(largest, 1) == limit
    assert round(nextafter(largest, inf), 1) > limit


@pytest.mark.parametrize("km", [0.05, 5.05, 30.05, 300.05])
def test_a_chord_leads_back_to_its_distance(km: float) -> None:
    assert arc_km(squared_chord(km, 1.3)) * 1.3 == pytest.approx(km, rel=1e-9)


def test_what_is_out_of_every_reach_and_what_is_in_all() -> None:
    assert squared_chord(-14.95, 1.3) == NOWHERE
    assert squared_chord(30_000.05, 1.3) == WHOLE_GLOBE
