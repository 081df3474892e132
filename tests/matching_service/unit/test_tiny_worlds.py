"""The seeded part of `make worlds`: what holds for every world, however odd its people are."""

import pytest

from tests.worlds.generator import world_of
from tests.worlds.ordeal import glance, undergo

WORLDS = 1_500
AT_ONCE = 100
UNDERGONE = 60


@pytest.mark.parametrize("first", range(0, WORLDS, AT_ONCE))
def test_no_tiny_world_is_planned_against_the_rules(first: int) -> None:
    broken = {seed: glance(world_of(seed)) for seed in range(first, first + AT_ONCE)}

    assert {seed: violations for seed, violations in broken.items() if violations} == {}


def test_some_tiny_worlds_withstand_the_whole_ordeal() -> None:
    seeds = range(WORLDS, WORLDS + UNDERGONE)
    broken = {seed: undergo(world_of(seed), thoroughly=False).violations for seed in seeds}

    assert {seed: violations for seed, violations in broken.items() if violations} == {}
