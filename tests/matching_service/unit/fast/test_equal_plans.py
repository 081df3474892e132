"""The fast path and the rules come to the same plan, to the last bit."""

from random import Random

import pytest

from bench.matching.germany import NOW, RHINELAND, TODAY, Germany, germany
from matching_service.domain.fast import COMPILED
from matching_service.domain.graph import Graph
from matching_service.domain.methods import BY_THE_RULES
from matching_service.domain.plans import WaveOrder
from matching_service.domain.wave import plan_wave


def an_order(random: Random) -> WaveOrder:
    pairs = [(random.randint(1, 30), random.randint(1, 60)) for _ in range(12)]
    return WaveOrder(
        max_bundles=random.choice((None, 3)),
        pinned=frozenset(pairs[:6]),
        excluded=frozenset(pairs[6:]),
    )


def rows(graph: Graph) -> list[list[tuple[int, int]]]:
    """The order within a row means nothing."""
    return [
        sorted((int(graph.search[edge]), int(graph.relaxation[edge])) for edge in graph.edges(i))
        for i in range(len(graph.start) - 1)
    ]


def a_crowded_world(seed: int) -> Germany:
    return germany(60, 150, seed, RHINELAND)


@pytest.mark.parametrize("seed", range(12))
def test_the_same_searches_are_eligible_with_the_same_relaxations(seed: int) -> None:
    world = a_crowded_world(seed)
    by_rules, compiled = (
        method.eligible_pairs(world.therapists, world.searches, TODAY)
        for method in (BY_THE_RULES, COMPILED)
    )

    assert rows(compiled) == rows(by_rules)


@pytest.mark.parametrize("seed", range(12))
def test_the_same_bundles_in_the_same_order_with_the_same_reasons(seed: int) -> None:
    world, order = a_crowded_world(seed), an_order(Random(seed))
    by_rules, compiled = (
        plan_wave(world.therapists, world.searches, NOW, order, method=method)
        for method in (BY_THE_RULES, COMPILED)
    )

    assert by_rules.bundles
    assert compiled.bundles == by_rules.bundles
    assert compiled.skipped == by_rules.skipped
    assert compiled.unplaced == by_rules.unplaced
    assert compiled.refused_pins == by_rules.refused_pins


@pytest.mark.parametrize("seed", range(4))
def test_the_same_certificate(seed: int) -> None:
    world = a_crowded_world(seed)
    by_rules, compiled = (
        plan_wave(world.therapists, world.searches, NOW, method=method).certificate
        for method in (BY_THE_RULES, COMPILED)
    )

    assert by_rules is not None
    assert compiled is not None
    assert compiled.value == by_rules.value
    assert compiled.bound == pytest.approx(by_rules.bound, rel=1e-9)
