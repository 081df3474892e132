"""What the judge of waves takes a plan to be worth, by hand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from matching_service.domain.bundles import BundleRules
from matching_service.domain.plans import WaveOrder
from matching_service.domain.snapshots import AnswerRecord
from tests.worlds.case import Reading
from tests.worlds.unit.examples import NOW, TODAY, WORLD, a_search
from tests.worlds.value import best_value, chance, value_of, weight
from tests.worlds.world import World, usual_therapist


def nearly(value: float) -> Any:
    return pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("days", "open_inquiries", "expected"),
    [(0, 0, 1.0), (180, 0, 2.0), (90, 1, 1.5 * 0.93), (-3, 2, 0.93 * 0.93)],
)
def test_a_weight_grows_by_the_day_and_shrinks_by_the_inquiry(
    days: int, open_inquiries: int, expected: float
) -> None:
    search = a_search(1, days, open_inquiries=open_inquiries)

    assert weight(Reading(World([], [search], NOW)), 1) == nearly(expected)


@pytest.mark.parametrize(
    ("therapist", "expected"),
    [
        ({}, 0.35 * 0.2),
        ({"potentially_available": True}, 0.35 * 0.3),
        ({"potentially_available": True, "free_from": TODAY}, 0.35 * 0.4),
        ({"free_from": TODAY + timedelta(days=1)}, 0.35 * 0.2),
        ({"group_therapy_preference": True}, 0.35 * 0.2 * 0.8),
        ({"preferred_diagnoses": ("F40",), "age_max": 20}, 0.35 * 0.2 * 0.5 * 0.6),
        ({"record": AnswerRecord(5, 5, 5, 0)}, (3 * 0.35 + 5) / 8 * (20 * 0.2) / 25),
    ],
)
def test_a_chance_comes_from_openness_record_and_relaxed_tiers(
    therapist: dict[str, Any], expected: float
) -> None:
    world = World([usual_therapist(10, **therapist)], [a_search(1)], NOW)

    assert chance(Reading(world), 10, 1) == nearly(expected)


def test_a_chance_is_learned_from_those_alike() -> None:
    """Four groups, from all to the region, in which the other one's record counts."""
    other = usual_therapist(20, record=AnswerRecord(20, 20, 0, 0))
    world = World([usual_therapist(10), other], [a_search(1)], NOW, experience="learned")
    response = 1 - (1 - 0.35) / 2**4

    assert chance(Reading(world), 10, 1) == nearly(response * 0.2)
    assert chance(Reading(replace(world, experience="switched_off")), 10, 1) == 0.07


def test_a_second_inquiry_for_the_same_search_adds_less() -> None:
    world = World([usual_therapist(10), usual_therapist(20)], [a_search(1, 0)], NOW)

    value = value_of(Reading(world), {10: [1], 20: [1]})

    assert value == nearly(1 - 0.93**2)


def test_the_best_plan_is_the_best_of_all() -> None:
    """The three who have waited longest, as there is room for three."""
    reading = Reading(replace(WORLD, order=WaveOrder(rules=BundleRules(max_size=3))))

    assert best_value(reading, 100) == nearly(0.07 * (3 + (40 + 30 + 20) / 180))
    assert best_value(reading, 2) is None
