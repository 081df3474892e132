"""One day's planning: who is offered to whom, by one of three policies.

All see the same fields. `planner` is the product's own: `domain.assignment` or its compiled twin,
fed with positions instead of snapshots.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matching_service.domain.assignment import Problem
from matching_service.domain.bundles import (
    THIN_REGION_BELOW,
    THIN_REGION_QUIET_DAYS,
    THIN_REGION_WAITING_DAYS,
)
from matching_service.domain.chances import TYPICAL_CHANCE
from matching_service.domain.graph import Graph, Openings
from matching_service.domain.methods import Method, method_for
from matching_service.domain.thin_regions import relieve
from matching_service.simulation.beliefs import Memory, believed
from matching_service.simulation.market import Market, Positions, Reals
from matching_service.simulation.scenario import Choice, Policy

Truths = NDArray[np.bool_]
Bundles = list[tuple[int, Positions]]
"""Therapists, each with pairs of the market."""


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """What is known in the morning.

    `askable` by therapist; `active`, `open_inquiries`,
    `contacts_left` and `last_asked` (day, -inf: never) by search; `excluded` by pair.
    """

    number: int
    market: Market
    policy: Policy
    max_bundles: int | None
    order: Positions  # of all therapists, for those policies that ask one after the other
    memory: Memory
    askable: Truths
    active: Truths
    excluded: Truths
    open_inquiries: Positions
    contacts_left: Positions
    last_asked: Reals


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Who takes part, by position: therapists who may be asked and active searches, the longest
    wait first; `eligible` and `fields` number them anew."""

    day: Day
    method: Method
    therapists: Positions
    searches: Positions
    eligible: Graph
    fields: Graph

    @property
    def contacts_left(self) -> Positions:
        return self.day.contacts_left[self.searches]

    @property
    def pairs(self) -> Positions:
        """Of the market, by edge of the fields."""
        row = np.repeat(self.therapists, np.diff(self.fields.start))
        return self.day.market.find(row, self.searches[self.fields.search])


def plan_day(day: Day) -> Bundles:
    """A bundle has at least one pair; no therapist occurs twice."""
    board = board_of(day)
    if not len(board.fields.search):
        return []
    pairs = board.pairs
    return [
        (int(board.therapists[at]), pairs[bundle])
        for at, bundle in enumerate(_CHOICES[day.policy.choice](board))
        if bundle
    ]


def board_of(day: Day) -> Board:
    market = day.market
    taking_part = day.askable[market.therapist] & day.active[market.search] & ~day.excluded
    rows = np.flatnonzero(taking_part)
    therapists, searches = np.flatnonzero(day.askable), np.flatnonzero(day.active)
    each = np.bincount(market.therapist[rows], minlength=len(day.askable))[therapists]
    column = np.cumsum(day.active) - 1
    eligible = Graph(
        np.concatenate([[0], np.cumsum(each)]), column[market.search[rows]], market.relaxation[rows]
    )
    method = method_for(len(day.askable), len(day.active))  # one for all days
    openings = Openings((day.contacts_left[searches] > 0).tolist(), day.policy.field_size, {}, {})
    fields = method.fields_of(eligible, openings)
    return Board(day, method, therapists, searches, eligible, _as_arrays(fields))


def _as_arrays(graph: Graph) -> Graph:
    return Graph(
        np.asarray(graph.start, np.int64),
        np.asarray(graph.search, np.int64),
        np.asarray(graph.relaxation, np.uint8),
    )


def _oldest_first(board: Board) -> list[list[int]]:
    return _one_after_the_other(board, np.arange(len(board.fields.search)))


def _by_static_score(board: Board) -> list[list[int]]:
    row = np.repeat(np.arange(len(board.therapists)), np.diff(board.fields.start))
    score = board.day.market.suitability[board.pairs]
    return _one_after_the_other(board, np.lexsort((np.asarray(board.fields.search), -score, row)))


def _one_after_the_other(board: Board, edges: Positions) -> list[list[int]]:
    """`edges`: within each field, the first choice first."""
    policy, limit = board.day.policy, board.day.max_bundles
    left, searches = board.contacts_left.tolist(), np.asarray(board.fields.search).tolist()
    bundles: list[list[int]] = [[] for _ in board.therapists]
    asked = 0
    for at in _in_turn(board):
        if limit is not None and asked >= limit:
            break
        field = edges[board.fields.start[at] : board.fields.start[at + 1]].tolist()
        bundle = [edge for edge in field if left[searches[edge]] > 0][: policy.largest]
        if len(bundle) >= policy.smallest:
            bundles[at] = bundle
            asked += 1
            for edge in bundle:
                left[searches[edge]] -= 1
    return bundles


def _in_turn(board: Board) -> list[int]:
    turn = board.day.order[board.day.askable[board.day.order]]
    found: list[int] = np.searchsorted(board.therapists, turn).tolist()
    return found


def _by_planner(board: Board) -> list[list[int]]:
    problem = problem_of(board)
    bundles = board.method.assign(problem)
    thin = [at for at in _thin_regions(board) if not bundles[at]]
    if not thin:
        return bundles
    smallest = list(problem.smallest)
    for at in thin:
        smallest[at] = 1
    return relieve(replace(problem, smallest=smallest), bundles, thin, board.eligible)


def problem_of(board: Board) -> Problem:
    day = board.day
    fields, base, cost = believed(board.day, board.therapists, board.fields, lambda: board.pairs)
    waited = np.maximum(0, day.number - np.floor(day.market.arrival[board.searches]))
    return Problem(
        fields=fields,
        base=base,
        cost=cost,
        mailbox=range(len(base)),
        smallest=[day.policy.smallest] * len(base),
        weight=_weights(waited, day.open_inquiries[board.searches], day.policy.days_that_double),
        waiting_days=waited.astype(np.int64).tolist()
        if day.policy.guarantee
        else [0] * len(waited),
        contacts_left=board.contacts_left.tolist(),
        largest=day.policy.largest,
        max_bundles=day.max_bundles,
    )


def _weights(waited: Reals, open_inquiries: Positions, double: int | None) -> list[float]:
    """`domain.waiting.weight`, to the last bit."""
    weights = []
    for days, inquiries in zip(waited.tolist(), open_inquiries.tolist(), strict=True):
        weight = 1.0 + days / double if double else 1.0
        for _ in range(inquiries):
            weight *= 1.0 - TYPICAL_CHANCE
        weights.append(weight)
    return weights


def _thin_regions(board: Board) -> list[int]:
    """`domain.bundles.is_thin_region`, for everybody at once."""
    day = board.day
    each = np.diff(board.eligible.start)
    few = each < THIN_REGION_BELOW
    long = day.number - np.floor(day.market.arrival) >= THIN_REGION_WAITING_DAYS
    quiet = day.number - day.last_asked >= THIN_REGION_QUIET_DAYS
    relieved = (long & quiet)[board.searches][board.eligible.search]
    row = np.repeat(np.arange(len(each)), each)
    waiting = np.bincount(row, weights=relieved, minlength=len(each))
    found: list[int] = np.flatnonzero(few & (each > 0) & (waiting == each)).tolist()
    return found


_CHOICES: Mapping[Choice, Callable[[Board], list[list[int]]]] = {
    "oldest_first": _oldest_first,
    "static_score": _by_static_score,
    "planner": _by_planner,
}
