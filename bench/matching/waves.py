"""A whole wave: how long it takes, against the nested loop, and how near it is to the best."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bench.matching.germany import NOW, TODAY, Germany
from matching_service.domain.assignment import Problem, Wave
from matching_service.domain.certificate import certify
from matching_service.domain.chances import Chances
from matching_service.domain.fast import COMPILED, pairs, sweeps
from matching_service.domain.fast.choice import LOWEST_BOUND
from matching_service.domain.fast.columns import Columns
from matching_service.domain.fast.pairs import reaching
from matching_service.domain.fast.state import State, fresh_state, rows_of
from matching_service.domain.graph import Graph, Openings, eligible_pairs
from matching_service.domain.methods import BY_THE_RULES, Method
from matching_service.domain.plans import WavePlan
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot
from matching_service.domain.waiting import waiting_days, weight
from matching_service.domain.wave import plan_wave

FIELD, SMALLEST, LARGEST = 6, 3, 6
PROOF_STEPS = 1_000
HOT_BYTES = 3 * 8 + 2 * 8 + 5 * 8  # of a search that is looked at: place, reaches, accepted traits
EDGE_BYTES = 8 + 1


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


def in_order(world: Germany) -> tuple[list[TherapistSnapshot], list[SearchSnapshot]]:
    """As a wave has them; all may be asked."""
    searches = sorted(world.searches, key=lambda one: (one.waiting_since, one.search_id))
    therapists = sorted(
        world.therapists, key=lambda one: (-int(one.potentially_available), one.therapist_id)
    )
    return therapists, searches


def problem_of(
    therapists: Sequence[TherapistSnapshot],
    searches: Sequence[SearchSnapshot],
    eligible: Graph,
    method: Method = COMPILED,
) -> Problem:
    chances = Chances()
    openings = Openings([one.remaining_contacts > 0 for one in searches], FIELD, {}, {})
    return Problem(
        fields=method.fields_of(eligible, openings),
        base=[chances.of(one, TODAY) for one in therapists],
        mailbox=[one.mailbox_id for one in therapists],
        smallest=[SMALLEST] * len(therapists),
        weight=[weight(one, TODAY) for one in searches],
        waiting_days=[waiting_days(one, TODAY) for one in searches],
        contacts_left=[one.remaining_contacts for one in searches],
        largest=LARGEST,
    )


def steps_of_a_wave(world: Germany) -> dict[str, float]:
    """Seconds per step, from snapshots to the explained plan."""
    therapists, searches = in_order(world)
    building, columns = timed(lambda: Columns.of(therapists, searches, TODAY))
    filtering, edges = timed(lambda: pairs.edges_of(columns))
    start, search, relaxation = edges
    deciding, _ = timed(lambda: pairs.decide(start, search, relaxation, therapists, searches))
    problem_made, problem = timed(lambda: problem_of(therapists, searches, Graph(*edges)))
    choosing, state = timed(lambda: _assigned(problem, 3))
    proving, _ = timed(lambda: COMPILED.certify(problem, COMPILED.assign(problem)))
    everything, _ = timed(lambda: plan_wave(world.therapists, world.searches, NOW, method=COMPILED))
    return {
        "columns from snapshots": building,
        "filter pass": filtering,
        "times that half hours cannot decide": deciding,
        "fields, chances, weights": problem_made,
        "bundles": choosing,
        "core: filter, fields, bundles": filtering + deciding + problem_made + choosing,
        "certificate (with the bundles once more)": proving,
        "all of it, explained, as the API plans": everything,
        "million edges": len(edges[1]) / 1e6,
        "bundles made": float(state.made[0]),
    }


def bytes_of_the_filter_pass(columns: Columns, edges: int) -> int:
    """Of every search that a therapist's squares hold, and of every edge that is written."""
    looked_at = 0
    stretches = np.empty((512, 2), np.int64)
    for i in range(len(columns.therapists.located)):
        if columns.therapists.located[i]:
            stretches, _, most = reaching(columns.therapists, i, columns.map, stretches)
            looked_at += int(most)
    return looked_at * HOT_BYTES + edges * EDGE_BYTES


def bandwidth() -> float:
    """Bytes per second that one thread reads and writes, the best of five copies."""
    source = np.ones(50_000_000)
    target = np.empty_like(source)
    best = min(timed(lambda: np.copyto(target, source))[0] for _ in range(5))
    return 2 * source.nbytes / best


def nested_loop(world: Germany, only: int | None = None) -> tuple[float, float, int]:
    """Seconds of the loop over all pairs and of the compiled pass over columns for the same
    therapists, in turn and the better of two each, and how many pairs; equal rows are asserted."""
    therapists, searches = in_order(world)
    asked = therapists if only is None else therapists[:: len(therapists) // only][:only]
    columns = Columns.of(asked, searches, TODAY)
    pairs.edges_of(columns)

    def compiled_pass() -> Graph:
        start, search, relaxation = pairs.edges_of(columns)
        pairs.decide(start, search, relaxation, asked, searches)
        return Graph(start, search, relaxation)

    loops, passes = [], []
    for _ in range(2):
        loops.append(timed(lambda: eligible_pairs(asked, searches, TODAY)))
        passes.append(timed(compiled_pass))
        assert _rows(loops[-1][1]) == _rows(passes[-1][1])
    slow, fast = (min(seconds for seconds, _ in times) for times in (loops, passes))
    return slow, fast, len(asked) * len(searches)


def both_plans(world: Germany) -> tuple[float, float]:
    """Seconds of a whole plan by the rules and compiled; the plans are asserted to be equal."""
    seconds, plans = [], []
    for method in (BY_THE_RULES, COMPILED):
        spent, plan = timed(
            lambda: plan_wave(world.therapists, world.searches, NOW, method=method)  # noqa: B023
        )
        seconds.append(spent)
        plans.append(_comparable(plan))
    assert plans[0] == plans[1]
    return seconds[0], seconds[1]


def _comparable(plan: WavePlan) -> WavePlan:
    return replace(plan, certificate=None)


def _rows(graph: Graph) -> list[list[tuple[int, int]]]:
    return [
        sorted((int(graph.search[edge]), int(graph.relaxation[edge])) for edge in graph.edges(i))
        for i in range(len(graph.start) - 1)
    ]


def qualities(world: Germany) -> tuple[float, float, dict[str, tuple[float, float]]]:
    """The proven bound, the bound without the guarantee, and per way its value and seconds."""
    therapists, searches = in_order(world)
    problem = problem_of(therapists, searches, COMPILED.eligible_pairs(therapists, searches, TODAY))
    found = {
        "the same for everybody, by weight": timed(lambda: _static(problem)),
        "one therapist after the other": timed(lambda: _one_by_one(problem)),
    }
    for count in range(4):
        found[f"greedy, {count} sweeps"] = timed(lambda: _greedy(problem, count))  # noqa: B023
    best = COMPILED.assign(problem)
    bound = certify(problem, best, LOWEST_BOUND, PROOF_STEPS).bound
    unbound = certify(problem, best, LOWEST_BOUND, PROOF_STEPS, guarantee=False).bound
    return bound, unbound, {name: (value, spent) for name, (spent, value) in found.items()}


def _static(problem: Problem) -> float:
    """Whoever weighs most, whatever others do; contacts are kept to, nothing else."""
    wave = Wave(problem)
    weights = problem.weight
    for therapist in problem.therapists:
        if not wave.may_be_asked(therapist):
            continue
        edges = [e for e in problem.fields.edges(therapist) if wave.left[problem.fields.search[e]]]
        edges.sort(key=lambda e: -weights[int(problem.fields.search[e])] * wave.chance[e])
        if len(edges) >= SMALLEST:
            wave.put(therapist, edges[:LARGEST])
    return sum(problem.weight) - sum(wave.worth)


def _one_by_one(problem: Problem) -> float:
    wave = Wave(problem)
    for therapist in problem.therapists:
        if wave.may_be_asked(therapist):
            wave.put(therapist, wave.best_bundle(therapist))
    return sum(problem.weight) - sum(wave.worth)


def _greedy(problem: Problem, count: int) -> float:
    return sum(problem.weight) - float(_assigned(problem, count).worth.sum())


def _assigned(problem: Problem, count: int) -> State:
    rows = rows_of(problem)
    state = fresh_state(rows, problem)
    sweeps.assign(rows, state, count)
    return state
