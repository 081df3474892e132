"""What holds in every course, whatever the policy."""

from collections import Counter

import numpy as np
import pytest

from matching_service.simulation.course import Course, run
from matching_service.simulation.scenario import Scenario
from tests.matching_service.unit.simulation.markets import small_market, small_scenario

POLICIES = ("one_to_one", "older_rule", "ours")
CAP, LIMIT = 4, 3

pytestmark = pytest.mark.parametrize("policy", POLICIES)


def a_course(policy: str, scenario: Scenario) -> Course:
    return Course(small_market(), scenario, scenario.policies[policy], seed=1)


def test_nobody_is_asked_while_cooling_or_with_an_open_inquiry(policy: str) -> None:
    scenario = small_scenario()
    course, free_again = a_course(policy, scenario), Counter[int]()
    has_open: set[int] = set()
    asked = 0
    for day in range(scenario.measure.horizon):
        for inquiry in course.hear(day):
            has_open.remove(inquiry.therapist)
            rests_from = day if inquiry.answered else inquiry.sent_on
            free_again[inquiry.therapist] = rests_from + scenario.rules.cooling_days
        for therapist, _ in course.ask(day):
            assert therapist not in has_open
            assert free_again[therapist] <= day
            has_open.add(therapist)
            asked += 1
    assert asked > 100


def test_nobody_is_placed_twice_or_offered_once_placed(policy: str) -> None:
    scenario = small_scenario()
    course = a_course(policy, scenario)
    placed: dict[int, int] = {}
    for day in range(scenario.measure.horizon):
        course.hear(day)
        today = {int(j): day for j in np.flatnonzero(np.isfinite(course.placed_on))}
        placed = {**today, **placed}
        assert all(course.placed_on[search] == when for search, when in placed.items())
        offered = [course.market.search[pairs] for _, pairs in course.ask(day)]
        assert not {int(j) for searches in offered for j in searches} & placed.keys()
    assert placed


def test_nobody_is_offered_before_arriving_or_again_to_somebody_whom_they_did_not_suit(
    policy: str,
) -> None:
    scenario = small_scenario()
    course = a_course(policy, scenario)
    for day in range(scenario.measure.horizon):
        course.hear(day)
        for _, pairs in course.ask(day):
            assert not course.excluded[pairs].any()
            assert (course.market.arrival[course.market.search[pairs]] <= day).all()
    assert course.excluded.any()


def test_bundles_keep_their_sizes_and_a_day_its_limit(policy: str) -> None:
    scenario = small_scenario().changed(rules={"max_bundles": LIMIT})
    rules, course = scenario.policies[policy], a_course(policy, scenario)
    fullest = 0
    for day in range(scenario.measure.horizon):
        course.hear(day)
        situation = course.situation(day)
        bundles = course.ask(day)
        fullest = max(fullest, len(bundles))
        for therapist, pairs in bundles:
            assert len(set(pairs.tolist())) == len(pairs) <= rules.largest
            assert (course.market.therapist[pairs] == therapist).all()
            if len(pairs) < rules.smallest:
                taking_part = situation.active & (day - np.floor(course.market.arrival) >= 30)
                assert taking_part[course.market.search[pairs]].all()  # a thin region
    assert fullest == LIMIT


def test_a_search_never_has_more_open_inquiries_than_its_cap(policy: str) -> None:
    scenario = small_scenario().changed(**{policy: {"parallel_cap": CAP}})
    course, most = a_course(policy, scenario), 0
    open_inquiries = Counter[int]()
    for day in range(scenario.measure.horizon):
        for inquiry in course.hear(day):
            open_inquiries.subtract(course.market.search[inquiry.pairs].tolist())
        for _, pairs in course.ask(day):
            open_inquiries.update(course.market.search[pairs].tolist())
        most = max([most, *open_inquiries.values()])
    assert most == CAP


def test_a_search_never_uses_more_contacts_than_it_has(policy: str) -> None:
    scenario = small_scenario().changed(**{policy: {"contacts": CAP}})
    course, used, most = a_course(policy, scenario), Counter[int](), 0
    for day in range(scenario.measure.horizon):
        for inquiry in course.hear(day):
            if not inquiry.answered:
                used.subtract(course.market.search[inquiry.pairs].tolist())
        for _, pairs in course.ask(day):
            used.update(course.market.search[pairs].tolist())
        most = max([most, *used.values()])
    assert most == CAP


def test_the_same_seed_gives_the_same_course(policy: str) -> None:
    scenario = small_scenario()
    one, other, third = (run(small_market(), scenario, policy, seed) for seed in (1, 1, 2))
    assert one.waited.tolist() == other.waited.tolist()
    assert one.tally == other.tally
    assert one.tally != third.tally
