"""What holds for every wave, sought by Hypothesis, which reduces what it finds to the least.

A world is a usual one and a list of changes to it: who differs in what, what staff pin or exclude.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product
from random import Random
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from matching_service.domain.bundles import BundleRules
from matching_service.domain.plans import WaveOrder
from matching_service.domain.snapshots import SearchSnapshot
from tests.worlds.judge import judge_plan
from tests.worlds.ordeal import plan_of
from tests.worlds.vocabulary import (
    NOWS,
    Oddities,
    contact_oddities,
    patient_oddities,
    search_oddities,
    therapist_oddities,
)
from tests.worlds.world import World, usual_patient, usual_search, usual_therapist

NOW = NOWS[0]
TODAY = World([], [], NOW).today
THERAPISTS = (10, 20, 30)
WAITING_DAYS = {1: 60, 2: 45, 3: 45, 4: 31, 5: 30, 6: 10, 7: 0}  # by search
VALUES_AT_MOST = 12  # of one field: places are many


class Change(NamedTuple):
    of: str
    who: Any
    name: str
    value: Any


def _changes(of: str, people: Iterable[int], oddities: Oddities) -> Iterator[Change]:
    for who, (name, values) in product(people, oddities.items()):
        for value in values[:: 1 + len(values) // VALUES_AT_MOST]:
            yield Change(of, who, name, value)


CHANGES = [
    *_changes("therapist", THERAPISTS, therapist_oddities(TODAY)),
    *_changes("therapist", THERAPISTS, contact_oddities(TODAY)),
    *_changes("therapist", THERAPISTS, {"mailbox_id": (10, 10, 10)}),
    *_changes("search", WAITING_DAYS, search_oddities(NOW, TODAY)),
    *_changes("patient", WAITING_DAYS, patient_oddities(TODAY)),
    *(
        Change("order", pair, name, True)
        for name in ("pinned", "pinned", "excluded")
        for pair in product(THERAPISTS, WAITING_DAYS)
    ),
]
RULES = [
    BundleRules(max_size=largest, field_size=field, small_allowed=small)
    for small, largest, field in product((False, True), (6, 3, 4), (6, 3))
]


class Changed(NamedTuple):
    """From the usual."""

    changes: list[Change]

    def of(self, kind: str, who: int) -> dict[str, Any]:
        return {one.name: one.value for one in self.changes if (one.of, one.who) == (kind, who)}

    def pairs(self, name: str) -> frozenset[tuple[int, int]]:
        return frozenset(one.who for one in self.changes if (one.of, one.name) == ("order", name))

    def search(self, number: int) -> SearchSnapshot:
        patient = usual_patient(100 + number, NOW, **self.of("patient", number))
        since = NOW - timedelta(days=WAITING_DAYS[number])
        differences = {"waiting_since": since, **self.of("search", number)}
        return usual_search(number, NOW, patient, **differences)


def _world(
    asked: int, waiting: int, changes: list[Change], rules: BundleRules, limit: int | None
) -> World:
    changed = Changed(changes)
    therapists = [usual_therapist(i, **changed.of("therapist", i)) for i in THERAPISTS[:asked]]
    searches = [changed.search(j) for j in list(WAITING_DAYS)[:waiting]]
    order = WaveOrder(
        rules=rules,
        max_bundles=limit,
        pinned=changed.pairs("pinned"),
        excluded=changed.pairs("excluded"),
    )
    return World(therapists, searches, NOW, order)


WORLDS = st.builds(
    _world,
    st.integers(1, len(THERAPISTS)),
    st.integers(0, len(WAITING_DAYS)),
    st.lists(st.sampled_from(CHANGES), max_size=6),
    st.sampled_from(RULES),
    st.sampled_from([None, None, 1, 2]),
)
MANY = settings(max_examples=1_000, deadline=None)


@given(WORLDS)
@MANY
def test_no_plan_breaks_a_rule(world: World) -> None:
    assert judge_plan(world, plan_of(world)) == []


@given(WORLDS, st.integers(0, 99))
@MANY
def test_no_order_of_people_changes_a_plan(world: World, seed: int) -> None:
    random = Random(seed)
    shuffled = replace(
        world,
        therapists=random.sample(world.therapists, len(world.therapists)),
        searches=random.sample(world.searches, len(world.searches)),
    )

    assert plan_of(shuffled) == plan_of(world)
