"""Fields, bundles and bounds over arrays: what `graph`, `assignment` and `certificate` do."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching_service.domain import certificate
from matching_service.domain.assignment import SWEEPS, Bundle, Problem
from matching_service.domain.certificate import Certificate
from matching_service.domain.dual import lowest_bound
from matching_service.domain.fast import sweeps
from matching_service.domain.fast.compiled import compiled
from matching_service.domain.fast.state import fresh_state, marked, rows_of
from matching_service.domain.graph import Graph, Openings
from matching_service.domain.preferences import TIERS

Positions = NDArray[np.int64]
Relaxations = NDArray[np.uint8]
Truths = NDArray[np.bool_]

LOWEST_BOUND = compiled(lowest_bound)


def fields_of(eligible: Graph, openings: Openings) -> Graph:
    start = np.asarray(eligible.start, np.int64)
    search = np.asarray(eligible.search, np.int64)
    relaxation = np.asarray(eligible.relaxation, np.uint8)
    available = np.asarray(openings.has_contacts, np.bool_)[search]
    available &= ~marked(start, search, openings.excluded)
    pinned = marked(start, search, openings.pinned)
    inside = in_fields(start, relaxation, available, pinned, openings.size, len(TIERS))
    ends = np.concatenate([[0], np.cumsum(inside)])[start]
    return Graph(ends, search[inside], relaxation[inside])


def assign(problem: Problem) -> list[Bundle]:
    rows = rows_of(problem)
    state = fresh_state(rows, problem)
    sweeps.assign(rows, state, SWEEPS)
    members = state.bundle.tolist()
    return [members[i][:size] for i, size in enumerate(state.size.tolist())]


def certify(problem: Problem, bundles: Sequence[Bundle]) -> Certificate:
    return certificate.certify(problem, bundles, LOWEST_BOUND)


@compiled
def in_fields(
    start: Positions,
    relaxation: Relaxations,
    available: Truths,
    pinned: Truths,
    size: int,
    tiers: int,
) -> Truths:
    """By edge whether the search is in the therapist's field."""
    inside = np.zeros(len(relaxation), np.bool_)
    entering = np.empty(tiers + 1, np.int64)
    for i in range(len(start) - 1):
        entering[:] = 0
        for edge in range(start[i], start[i + 1]):
            if available[edge]:
                entering[_length(relaxation[edge])] += 1
        relaxed = 0
        held = entering[0]
        while held < size and relaxed < tiers:
            relaxed += 1
            held += entering[relaxed]
        for edge in range(start[i], start[i + 1]):
            inside[edge] = available[edge] and (
                _length(relaxation[edge]) <= relaxed or pinned[edge]
            )
    return inside


@compiled
def _length(relaxation: int) -> int:
    """As `int.bit_length`."""
    length = 0
    while relaxation > 0:
        relaxation >>= 1
        length += 1
    return length
