"""A wave must not send the same few patients everywhere: the older system did, six to fifty."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random

from matching_service.domain.snapshots import SearchSnapshot
from matching_service.domain.wave import plan_wave
from tests.matching_service.unit.people import (
    KOELN,
    NOW,
    a_patient,
    a_search,
    a_therapist,
    north_of,
)

LARGEST_GINI = 0.35


def gini(numbers: Sequence[int]) -> float:
    """0: all have the same; towards 1: one has all."""
    ordered = sorted(numbers)
    ranked = sum(rank * number for rank, number in enumerate(ordered, start=1))
    return 2 * ranked / (len(ordered) * sum(ordered)) - (len(ordered) + 1) / len(ordered)


def test_fifty_therapists_reach_a_hundred_identical_patients() -> None:
    therapists = [a_therapist(number) for number in range(1, 51)]
    identical = [a_search(number) for number in range(1, 101)]

    plan = plan_wave(therapists, identical, NOW)

    reached = Counter(member.search_id for bundle in plan.bundles for member in bundle.members)
    assert len(reached) >= 90
    assert max(reached.values()) <= 4


def test_inquiries_are_spread_evenly_over_searches_that_the_same_therapists_may_be_asked_for() -> (
    None
):
    """Three towns and two insurances, up to sixty days of waiting, some inquiries open already."""
    random = Random(5)
    towns = [north_of(KOELN, km) for km in (0, 40, 80)]
    therapists = [
        a_therapist(number, place=towns[number % 3], kassensitz=number % 4 > 0)
        for number in range(1, 91)
    ]
    searches = [a_mixed_search(number, random, number % 3) for number in range(1, 181)]

    plan = plan_wave(therapists, searches, NOW)

    given = Counter(member.search_id for bundle in plan.bundles for member in bundle.members)
    alike = defaultdict(list)
    for search in searches:
        kind = search.patient.place, search.patient.versicherungsart
        alike[kind].append(search.open_inquiries + given[search.search_id])
    assert len(alike) == 6
    assert {
        kind: gini(numbers) for kind, numbers in alike.items() if gini(numbers) > LARGEST_GINI
    } == {}


def a_mixed_search(number: int, random: Random, town: int) -> SearchSnapshot:
    return a_search(
        number,
        waiting_days=random.randint(0, 60),
        open_inquiries=random.choice((0, 0, 1, 2)),
        patient=a_patient(
            number,
            place=north_of(KOELN, (0, 40, 80)[town]),
            versicherungsart=random.choice(("gesetzlich", "privat")),
        ),
    )
