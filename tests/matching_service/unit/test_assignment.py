"""All bundles at once, by the rules: what a wave is worth, and what it owes to whom."""

from collections.abc import Sequence
from itertools import combinations
from math import prod
from random import Random
from typing import Any

import pytest

from matching_service.domain.assignment import Problem, Wave, assign
from matching_service.domain.chances import HIGHEST_CHANCE
from matching_service.domain.graph import graph_of

Row = Sequence[tuple[int, int]]


def a_problem(rows: Sequence[Row], **more: Any) -> Problem:
    """Rows of (search, relaxation); everybody has waited equally long and has contacts."""
    searches = 1 + max((search for row in rows for search, _ in row), default=-1)
    usual: dict[str, Any] = {
        "base": [0.1] * len(rows),
        "mailbox": list(range(len(rows))),
        "smallest": [3] * len(rows),
        "weight": [1.0] * searches,
        "waiting_days": [10] * searches,
        "contacts_left": [25] * searches,
        "largest": 6,
    }
    return Problem(fields=graph_of(rows), **{**usual, **more})


def everybody(count: int) -> Row:
    return [(search, 0) for search in range(count)]


def chosen(problem: Problem) -> list[list[int]]:
    return [[problem.fields.search[edge] for edge in bundle] for bundle in assign(problem)]


def value(problem: Problem, bundles: Sequence[Sequence[int]]) -> float:
    """As it is defined, for therapists with whom nothing was relaxed."""
    return sum(
        weight
        * (1 - prod(1 - p for p, bundle in zip(problem.base, bundles, strict=True) if j in bundle))
        for j, weight in enumerate(problem.weight)
    )


def test_one_bundle_is_the_best_of_all_that_hold_the_longest_waiter() -> None:
    random = Random(3)
    for _ in range(30):
        weights = [random.uniform(1, 3) for _ in range(9)]
        problem = a_problem(
            [everybody(9)], weight=weights, waiting_days=[9, *[3] * 8], largest=random.randint(3, 6)
        )

        best = max(
            value(problem, [(0, *others)])
            for others in combinations(range(1, 9), problem.largest - 1)
        )

        assert value(problem, chosen(problem)) == pytest.approx(best, rel=1e-12)


def test_a_bundle_begins_with_its_leader_and_goes_on_by_gain() -> None:
    problem = a_problem(
        [everybody(7)],
        weight=[1.0, 2.0, 1.5, 1.0, 3.0, 1.0, 1.0],
        waiting_days=[5, 5, 5, 9, 5, 5, 5],
    )

    assert chosen(problem) == [[3, 4, 1, 2, 0, 5]]


def test_least_relaxed_leads_before_longest_wait() -> None:
    problem = a_problem([[(0, 1), (1, 0), (2, 0), (3, 1)]], waiting_days=[90, 5, 8, 2], largest=3)

    assert chosen(problem)[0][0] == 2


def test_every_relaxed_tier_costs() -> None:
    """Availability leaves 0.4 of a chance: a weight of 2 does not make up for it, 3 does."""
    rows = [[(0, 0), (1, 0), (2, 0), (3, 16)]]

    assert 3 not in chosen(a_problem(rows, weight=[1.0, 1.0, 1.0, 2.0], largest=3))[0]
    assert 3 in chosen(a_problem(rows, weight=[1.0, 1.0, 1.0, 3.0], largest=3))[0]


def test_no_chance_is_certain() -> None:
    assert Wave(a_problem([everybody(3)], base=[5.0])).chance == [HIGHEST_CHANCE] * 3


def test_each_further_inquiry_for_the_same_search_adds_less() -> None:
    wave = Wave(a_problem([everybody(6)] * 3))
    gains = []
    for therapist in range(3):
        gains.append(wave.gain(wave.problem.fields.edges(therapist)[0]))
        wave.put(therapist, wave.best_bundle(therapist))

    assert gains == pytest.approx([0.1, 0.1 * 0.9, 0.1 * 0.9 * 0.9])


def test_taking_a_bundle_out_leaves_no_trace() -> None:
    wave, untouched = (Wave(a_problem([everybody(8)] * 3)) for _ in range(2))

    wave.put(1, wave.best_bundle(1))
    wave.take_out(1)

    assert (wave.worth, wave.left, wave.holder) == (
        untouched.worth,
        untouched.left,
        untouched.holder,
    )


def test_of_one_mailbox_only_the_therapist_whose_bundle_gains_most_is_asked() -> None:
    problem = a_problem([everybody(6)] * 2, mailbox=[7, 7], base=[0.1, 0.2])

    assert [len(bundle) for bundle in chosen(problem)] == [0, 6]


def test_a_limit_leaves_the_bundles_that_gain_most() -> None:
    problem = a_problem([everybody(6)] * 4, base=[0.1, 0.3, 0.2, 0.05], max_bundles=2)

    assert [bool(bundle) for bundle in chosen(problem)] == [False, True, True, False]


def test_no_search_gets_more_contacts_than_it_has() -> None:
    problem = a_problem([everybody(6)] * 5, contacts_left=[1, 2, 3, 4, 5, 6])

    bundles = chosen(problem)

    assert all(
        sum(search in bundle for bundle in bundles) <= left
        for search, left in enumerate(problem.contacts_left)
    )


def test_scarce_contacts_go_where_they_help_most() -> None:
    """Three searches with one contact each; the second therapist is twice as likely to help."""
    problem = a_problem([everybody(3)] * 2, contacts_left=[1, 1, 1], base=[0.1, 0.2])

    assert [len(bundle) for bundle in chosen(problem)] == [0, 3]


def test_pinned_ones_come_first_then_the_leader() -> None:
    problem = a_problem([everybody(8)], pinned={0: [7, 5]}, waiting_days=[1, 9, 1, 1, 1, 1, 1, 1])

    assert chosen(problem)[0][:3] == [5, 7, 1]


def test_more_pins_than_a_bundle_holds_fill_it() -> None:
    problem = a_problem([everybody(8)], pinned={0: range(1, 8)})

    assert chosen(problem) == [[1, 2, 3, 4, 5, 6]]


def test_nobody_who_ranks_before_a_whole_bundle_is_passed_over() -> None:
    """Contacts that come free in the last sweep lead to the bundles that should have had them."""
    for seed in range(200):
        problem = a_scarce_problem(Random(seed))
        wave = Wave(problem)
        bundles = assign(problem)
        for therapist, bundle in enumerate(bundles):
            wave.put(therapist, bundle)

        for therapist, bundle in enumerate(bundles):
            if bundle:
                first = min(wave.rank(edge) for edge in bundle)
                passed_over = [
                    edge
                    for edge in problem.fields.edges(therapist)
                    if wave.rank(edge) < first and wave.left[problem.fields.search[edge]] > 0
                ]
                assert passed_over == []


def test_whoever_was_passed_over_takes_the_last_place_of_the_bundle() -> None:
    wave = Wave(a_problem([everybody(7)], waiting_days=[1, 1, 1, 1, 1, 1, 9]))
    wave.put(0, [0, 1, 2, 3, 4, 5])

    assert wave.let_longest_waiters_in()
    assert wave.bundles[0] == [6, 0, 1, 2, 3, 4]
    assert not wave.let_longest_waiters_in()


def test_sweeps_never_make_a_wave_worse_where_contacts_are_plenty() -> None:
    for seed in range(50):
        problem = a_scarce_problem(Random(seed), contacts=25)
        greedy, improved = Wave(problem), Wave(problem)
        greedy.take_greedily()
        improved.take_greedily()
        improved.improve()

        assert sum(improved.worth) <= sum(greedy.worth) + 1e-12


def a_scarce_problem(random: Random, contacts: int = 2) -> Problem:
    rows = [
        sorted((j, random.choice((0, 0, 1, 16))) for j in random.sample(range(14), 9))
        for _ in range(8)
    ]
    return a_problem(
        [*rows, everybody(14)],
        base=[random.uniform(0.02, 0.4) for _ in range(9)],
        weight=[random.uniform(1, 4) for _ in range(14)],
        waiting_days=[random.randint(0, 6) for _ in range(14)],
        contacts_left=[random.randint(1, contacts) for _ in range(14)],
        mailbox=[0, 0, 1, 2, 3, 4, 5, 6, 7],
    )
