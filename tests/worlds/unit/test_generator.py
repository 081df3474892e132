"""Tiny worlds are worth the trouble only when something happens in them."""

from collections import Counter

from tests.worlds.generator import PEOPLE_AT_MOST, world_of
from tests.worlds.ordeal import plan_of

WORLDS = [world_of(seed) for seed in range(400)]


def test_a_seed_is_a_world() -> None:
    assert [world_of(seed) for seed in range(400)] == WORLDS


def test_worlds_are_tiny() -> None:
    assert {len(one.therapists) + len(one.searches) <= PEOPLE_AT_MOST for one in WORLDS} == {True}


def test_most_worlds_have_bundles_and_many_have_what_is_rare() -> None:
    plans = [plan_of(world) for world in WORLDS]
    found: Counter[str] = Counter()
    for plan in plans:
        found["bundle"] += bool(plan.bundles)
        found["two"] += len(plan.bundles) > 1
        found["relaxed"] += any(m.relaxed for one in plan.bundles for m in one.members)
        found["thin"] += any(one.size_exception == "thin_region" for one in plan.bundles)
        found.update({one.reason.code for one in plan.skipped})
        found.update({one.reason for one in plan.unplaced})

    assert found["bundle"] > 260
    assert found["two"] > 120
    assert found["relaxed"] > 90
    assert found["thin"] > 15
    assert min(found.values()) > 0
    assert {"blocked", "opted_out", "later", "no_channel", "cooling"} <= found.keys()
    assert {"open_inquiry", "same_mailbox", "max_bundles", "budget_used"} <= found.keys()
