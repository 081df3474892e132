from datetime import timedelta
from typing import Any

import pytest

from matching_service.domain.bundles import (
    BundleRules,
    Load,
    SizeException,
    choose_members,
    is_thin_region,
    size_exception,
)
from matching_service.domain.fields import field_of
from matching_service.domain.snapshots import SearchSnapshot, pair_of
from tests.matching_service.unit.people import NOW, TODAY, a_patient, a_search, a_therapist

RULES = BundleRules()
NOBODY_ASKED = Load({})
OPEN_TO_GROUPS = a_therapist(group_therapy_preference=True)


def chosen(
    searches: list[SearchSnapshot],
    load: Load = NOBODY_ASKED,
    pinned: frozenset[int] = frozenset(),
    rules: BundleRules = RULES,
) -> list[int]:
    pairs = [pair_of(search, OPEN_TO_GROUPS, TODAY) for search in searches]
    members = choose_members(field_of(pairs, rules.field_size, pinned), rules, load, pinned)
    return [member.search.search_id for member in members]


def waiting(search_id: int, days: float, *, group_ok: bool = True, **more: Any) -> SearchSnapshot:
    patient = a_patient(search_id, group_ok=group_ok)
    return a_search(search_id, waiting_days=days, patient=patient, **more)


def test_the_longest_waiters_fill_the_bundle() -> None:
    searches = [waiting(number, days=number) for number in range(1, 9)]

    assert chosen(searches) == [8, 7, 6, 5, 4, 3]


def test_equal_waits_are_ordered_by_id() -> None:
    searches = [waiting(number, days=5) for number in (4, 9, 2, 7, 1, 8, 3)]

    assert chosen(searches) == [1, 2, 3, 4, 7, 8]


def test_the_longest_waiter_for_whom_least_was_relaxed_is_always_in_it() -> None:
    searches = [
        waiting(1, days=90, group_ok=False),
        waiting(2, days=50),
        *(waiting(number, days=3) for number in range(3, 7)),
    ]

    bundle = chosen(searches, Load({2: 24}))

    assert bundle[0] == 2
    assert 1 in bundle


def test_a_long_wait_does_not_outweigh_a_relaxed_tier() -> None:
    fitting = [waiting(number, days=1) for number in range(1, 6)]
    relaxed = [waiting(number, days=100, group_ok=False) for number in (6, 7)]

    assert chosen([*fitting, *relaxed]) == [1, 2, 3, 4, 5, 6]


def test_after_the_longest_waiter_those_with_fewest_inquiries_come_first() -> None:
    searches = [waiting(number, days=100 - number) for number in range(1, 13)]
    asked_already = Load(dict.fromkeys(range(1, 7), 1))

    assert chosen(searches, asked_already) == [1, 7, 8, 9, 10, 11]


def test_open_inquiries_of_earlier_waves_count_as_well() -> None:
    busy = [waiting(number, days=50, open_inquiries=3) for number in range(1, 7)]
    idle = [waiting(number, days=5) for number in range(7, 13)]

    assert chosen([*busy, *idle]) == [1, 7, 8, 9, 10, 11]


def test_pinned_searches_come_first() -> None:
    searches = [waiting(number, days=number) for number in range(1, 9)]

    assert chosen(searches, pinned=frozenset({1, 2})) == [2, 1, 8, 7, 6, 5]


def test_a_smaller_largest_size_is_respected() -> None:
    searches = [waiting(number, days=number) for number in range(1, 9)]

    assert chosen(searches, rules=BundleRules(max_size=4)) == [8, 7, 6, 5]


@pytest.mark.parametrize(
    ("days", "last_inquiry_days_ago", "thin"),
    [
        (30, None, True),
        (29.99, None, False),
        (30, 14, True),
        (30, 13, False),
        (90, 100, True),
    ],
)
def test_a_thin_region_means_few_searches_that_waited_long_and_were_not_asked_lately(
    days: float, last_inquiry_days_ago: int | None, thin: bool
) -> None:
    last = None if last_inquiry_days_ago is None else TODAY - timedelta(days=last_inquiry_days_ago)
    searches = [waiting(1, days, last_inquiry_on=last), waiting(2, days=60)]

    assert is_thin_region(searches, NOBODY_ASKED, NOW) is thin


def test_three_eligible_searches_are_no_thin_region() -> None:
    searches = [waiting(number, days=90) for number in (1, 2, 3)]

    assert not is_thin_region(searches, NOBODY_ASKED, NOW)
    assert is_thin_region(searches[:2], NOBODY_ASKED, NOW)


def test_an_inquiry_in_this_wave_is_an_inquiry() -> None:
    assert not is_thin_region([waiting(1, days=90)], Load({1: 1}), NOW)


@pytest.mark.parametrize(
    ("size", "days", "small_allowed", "exception"),
    [
        (2, 40, False, SizeException.THIN_REGION),
        (1, 40, True, SizeException.THIN_REGION),
        (2, 10, True, SizeException.OVERRIDE),
        (2, 10, False, None),
        (0, 40, True, None),
    ],
)
def test_a_small_bundle_needs_an_exception(
    size: int, days: float, small_allowed: bool, exception: SizeException | None
) -> None:
    eligible = [waiting(number, days) for number in range(1, size + 1)]
    rules = BundleRules(small_allowed=small_allowed)

    assert size_exception(size, eligible, rules, NOBODY_ASKED, NOW) is exception
