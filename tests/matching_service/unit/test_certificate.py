"""What a plan is worth and what none can exceed, checked against HiGHS and a look at all plans."""

from dataclasses import replace
from itertools import combinations, product
from math import exp, log1p, prod
from random import Random
from typing import Any

import highspy
import pytest

from matching_service.domain.assignment import Problem, Wave, assign
from matching_service.domain.certificate import certify
from matching_service.domain.graph import graph_of

MANY_STEPS = 1_000


def a_problem(seed: int, therapists: int, searches: int, degree: int) -> Problem:
    """No search can run out of contacts: then every bundle has to hold a leader of its field."""
    random = Random(seed)
    rows = [
        sorted((j, random.choice((0, 0, 1, 8))) for j in random.sample(range(searches), degree))
        for _ in range(therapists)
    ]
    return Problem(
        fields=graph_of(rows),
        base=[random.uniform(0.02, 0.3) for _ in range(therapists)],
        mailbox=[i // 2 if i < 4 else i for i in range(therapists)],
        smallest=[3] * therapists,
        weight=[random.uniform(1, 3) for _ in range(searches)],
        waiting_days=[random.randint(0, 90) for _ in range(searches)],
        contacts_left=[therapists] * searches,
        largest=4,
    )


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_of_a_small_wave_exceeds_the_bound(seed: int) -> None:
    problem = a_problem(seed, therapists=3, searches=7, degree=5)
    certificate = certify(problem, assign(problem), steps=MANY_STEPS)

    best = max(worth_of(problem, bundles) for bundles in all_plans(problem))

    assert certificate.value <= best + 1e-9
    assert best <= certificate.bound + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_as_good_as_that_of_a_linear_program(seed: int) -> None:
    problem = a_problem(seed, therapists=16, searches=30, degree=10)
    certificate = certify(problem, assign(problem), steps=MANY_STEPS)

    relaxed = linear_bound(problem)

    assert certificate.value <= relaxed
    assert certificate.bound == pytest.approx(relaxed, rel=0.005)


@pytest.mark.parametrize("seed", range(3))
def test_a_limit_on_bundles_lowers_the_bound_and_the_plan_stays_below_it(seed: int) -> None:
    whole = a_problem(seed, therapists=16, searches=30, degree=10)
    limited = replace(whole, max_bundles=5)

    proof, proof_of_all = (certify(one, assign(one), steps=MANY_STEPS) for one in (limited, whole))

    assert proof.value <= proof.bound <= proof_of_all.bound
    assert proof.gap < 0.1


def test_a_plan_for_one_therapist_needs_no_proof() -> None:
    problem = a_problem(1, therapists=1, searches=9, degree=8)

    certificate = certify(problem, assign(problem))

    assert certificate.value == certificate.bound > 0
    assert certificate.gap == 0


def test_without_anybody_to_offer_everything_is_nothing() -> None:
    problem = a_problem(1, therapists=3, searches=3, degree=0)

    assert certify(problem, assign(problem)).as_row() == {"value": 0.0, "bound": 0.0, "gap": 0.0}


def all_plans(problem: Problem) -> list[list[tuple[int, ...]]]:
    """Edges by therapist: every choice that keeps sizes, leaders and mailboxes."""
    wave = Wave(problem)
    choices = []
    for therapist in problem.therapists:
        edges = problem.fields.edges(therapist)
        first = min(wave.rank(edge) for edge in edges)
        bundles = (b for size in (3, 4) for b in combinations(edges, size))
        led = [b for b in bundles if any(wave.rank(edge) == first for edge in b)]
        choices.append([(), *led])
    return [
        list(plan)
        for plan in product(*choices)
        if len(asked := [problem.mailbox[i] for i, b in enumerate(plan) if b]) == len(set(asked))
    ]


def worth_of(problem: Problem, bundles: list[tuple[int, ...]]) -> float:
    wave = Wave(problem)
    missed: list[list[float]] = [[] for _ in problem.weight]
    for bundle in bundles:
        for edge in bundle:
            missed[int(problem.fields.search[edge])].append(1 - wave.chance[edge])
    return sum(w * (1 - prod(some)) for w, some in zip(problem.weight, missed, strict=True))


def linear_bound(problem: Problem) -> float:
    """1 − exp(−s) lies below each of its tangents; the rest of the problem is linear already."""
    wave = Wave(problem)
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    taken = [solver.addVariable(0, 1) for _ in wave.chance]
    asked = [solver.addVariable(0, 1) for _ in problem.therapists]
    value = [solver.addVariable(0, weight) for weight in problem.weight]
    for therapist in problem.therapists:
        edges = list(problem.fields.edges(therapist))
        first = min(wave.rank(edge) for edge in edges)
        size = sum(taken[edge] for edge in edges)
        solver.addConstr(size <= problem.largest * asked[therapist])
        solver.addConstr(size >= problem.smallest[therapist] * asked[therapist])
        leaders = sum(taken[edge] for edge in edges if wave.rank(edge) == first)
        solver.addConstr(leaders >= asked[therapist])
        for edge in edges:
            solver.addConstr(taken[edge] <= asked[therapist])
    for mailbox in set(problem.mailbox):
        mine = [asked[i] for i in problem.therapists if problem.mailbox[i] == mailbox]
        solver.addConstr(sum(mine) <= 1)
    for search, weight in enumerate(problem.weight):
        edges = [e for e in range(len(taken)) if problem.fields.search[e] == search]
        demand = sum(-log1p(-wave.chance[e]) * taken[e] for e in edges)
        for at in (point / 50 for point in range(151)):
            tangent = weight * (1 - exp(-at)) - weight * exp(-at) * at
            solver.addConstr(value[search] <= tangent + weight * exp(-at) * demand)
    solver.maximize(sum(value))
    return float(solver.getObjectiveValue())
