"""The simulator's waves are the product's own, though it hands over positions, not snapshots."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from matching_service.domain.bundles import BundleRules
from matching_service.domain.chances import Chances
from matching_service.domain.plans import WaveOrder
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot
from matching_service.domain.wave import plan_wave
from matching_service.simulation.course import NO_LIMIT, Course
from matching_service.simulation.day import Day, plan_day
from matching_service.simulation.people import FIRST_DAY, moment
from tests.matching_service.unit.simulation.markets import small_market, small_scenario


@pytest.mark.parametrize("limit", [None, 3])
def test_a_day_is_planned_as_the_product_plans_it(limit: int | None) -> None:
    scenario = small_scenario().changed(rules={"max_bundles": limit}, ours={"contacts": 12})
    course = Course(small_market(), scenario, scenario.policies["ours"], seed=1)
    bundles = 0
    for day in range(90):
        course.hear(day)
        if day % 5 == 0:
            situation = course.situation(day)
            expected = planned_by_the_product(situation)
            assert planned_here(situation) == expected
            bundles += len(expected)
        course.ask(day)
    assert bundles > 10


def planned_here(day: Day) -> dict[int, list[int]]:
    return {i: day.market.search[pairs].tolist() for i, pairs in plan_day(day)}


def planned_by_the_product(day: Day) -> dict[int, list[int]]:
    therapists = [therapist_on(day, i) for i in range(len(day.askable))]
    today = FIRST_DAY + timedelta(days=day.number)
    plan = plan_wave(
        therapists,
        [search_on(day, j) for j in np.flatnonzero(day.active).tolist()],
        moment(day.number),
        WaveOrder(
            rules=BundleRules(day.policy.smallest, day.policy.largest, day.policy.field_size),
            max_bundles=day.max_bundles,
        ),
        Chances.learned_from(therapists, today),
    )
    position = {one.therapist_id: i for i, one in enumerate(therapists)}
    return {
        position[bundle.therapist_id]: [member.search_id for member in bundle.members]
        for bundle in plan.bundles
    }


def therapist_on(day: Day, therapist: int) -> TherapistSnapshot:
    known = day.memory.therapists[therapist]
    return replace(known, has_open_inquiry=not day.askable[therapist])


def search_on(day: Day, search: int) -> SearchSnapshot:
    market, last = day.market, day.last_asked[search]
    excluded = market.therapist[(market.search == search) & day.excluded]
    return replace(
        market.searches[search],
        remaining_contacts=min(NO_LIMIT, int(day.contacts_left[search])),
        open_inquiries=int(day.open_inquiries[search]),
        last_inquiry_on=None if last < 0 else FIRST_DAY + timedelta(days=int(last)),
        excluded_therapists=frozenset(market.therapists[i].therapist_id for i in excluded),
    )
