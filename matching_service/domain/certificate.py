"""The proof that comes with a plan: what it is worth, and what no plan can exceed.

A bundle has to hold one of the leaders of its field, as the guarantee demands, wherever one of them
cannot run out of contacts; where all might, nothing is demanded, which is still a bound.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching_service.domain.assignment import Bundle, Problem
from matching_service.domain.chances import HIGHEST_CHANCE
from matching_service.domain.dual import lowest_bound

STEPS = 60
Reals = NDArray[np.float64]
Loop = Callable[..., float]


@dataclass(frozen=True, slots=True)
class Certificate:
    """`value` of the plan; no plan for the same people is worth more than `bound`."""

    value: float
    bound: float

    @property
    def gap(self) -> float:
        """As a share of the bound."""
        return 1.0 - self.value / self.bound if self.bound > 0.0 else 0.0

    def as_row(self) -> dict[str, float]:
        return {name: round(getattr(self, name), 6) for name in ("value", "bound", "gap")}


def certify(
    problem: Problem,
    bundles: Sequence[Bundle],
    loop: Loop | None = None,
    steps: int = STEPS,
    *,
    guarantee: bool = True,
) -> Certificate:
    """`loop`: a compiled `dual.lowest_bound`; None: as it stands, enough for few people. Without
    the `guarantee`: for plans that owe the longest waiters nothing."""
    market = _Market(problem, bundles)
    one_bundle = len(problem.base) == 1 and not problem.pinned
    if one_bundle or not len(problem.fields.search):
        return Certificate(market.value, market.value)  # it is the best of all it could be
    arguments = market.arguments(steps, guarantee=guarantee)
    if loop is None:
        arguments = [_plain(one) for one in arguments]
    bound = (loop or lowest_bound)(*arguments)
    return Certificate(market.value, max(bound, market.value))


class _Market:
    """A problem and a plan as rows of numbers."""

    def __init__(self, problem: Problem, bundles: Sequence[Bundle]) -> None:
        self.problem, fields = problem, problem.fields
        self.start = np.asarray(fields.start, np.int64)
        self.search = np.asarray(fields.search, np.int64)
        self.row = np.repeat(np.arange(len(problem.base)), np.diff(self.start))
        self.weight = np.asarray(problem.weight, np.float64)
        self.contacts = np.asarray(problem.contacts_left, np.int64)
        self.mailbox = np.asarray(problem.mailbox, np.int64)
        relaxation = np.asarray(fields.relaxation, np.int64)
        cost = np.asarray(problem.cost, np.float64)[relaxation]
        base = np.asarray(problem.base, np.float64)
        self.chance = np.minimum(HIGHEST_CHANCE, base[self.row] * cost)
        waiting = np.asarray(problem.waiting_days, np.int64)
        self.rank = (relaxation << 32) - waiting[self.search]
        self.worth = self._worth(bundles)
        self.value = float(np.sum(self.weight - self.worth))
        self.smallest_gain = self._smallest_gain(bundles)

    def arguments(self, steps: int, *, guarantee: bool) -> list[Any]:
        """Those of `lowest_bound`."""
        leads, must_lead = self._leaders()
        must_lead &= guarantee
        searches, largest = len(self.weight), self.problem.largest
        limit = self.problem.max_bundles
        return [
            self.start,
            self.search,
            -np.log1p(-self.chance),
            leads,
            must_lead,
            np.argsort(self.mailbox, kind="stable"),
            self.mailbox,
            np.asarray(self.problem.smallest, np.int64),
            largest,
            limit or 0,
            self.weight,
            self.contacts,
            self.worth.copy(),
            np.zeros(searches),
            0.0 if limit is None else self.smallest_gain,
            self.value,
            steps,
            np.zeros(searches),
            np.zeros(searches),
            np.zeros(largest + 1),
            np.zeros(largest + 1, np.int64),
            np.zeros(largest + 1, np.int64),
        ]

    def _worth(self, bundles: Sequence[Bundle]) -> Reals:
        worth = self.weight.copy()
        taken = np.array(sorted(edge for bundle in bundles for edge in bundle), np.int64)
        np.multiply.at(worth, self.search[taken], 1.0 - self.chance[taken])
        return worth

    def _smallest_gain(self, bundles: Sequence[Bundle]) -> float:
        """What the plan would lose at least without one of its bundles, about."""
        gains = [sum(self._loss(edge) for edge in bundle) for bundle in bundles if bundle]
        return min(gains, default=0.0)

    def _loss(self, edge: int) -> float:
        chance = float(self.chance[edge])
        return float(self.worth[self.search[edge]]) * chance / (1.0 - chance)

    def _leaders(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """By edge whether it leads its field, by therapist whether a leader has to be in."""
        therapists = len(self.problem.base)
        first = np.full(therapists, np.iinfo(np.int64).max)
        np.minimum.at(first, self.row, self.rank)
        leads = self.rank == first[self.row]
        pairs = np.unique(np.stack([self.mailbox[self.row], self.search]), axis=1)[1]
        demand = np.bincount(pairs, minlength=len(self.weight))
        enough = self.contacts >= demand
        must_lead = np.zeros(therapists, np.bool_)
        must_lead[self.row[leads & enough[self.search]]] = True
        must_lead[list(self.problem.pinned)] = False
        return leads, must_lead


def _plain(argument: Any) -> Any:
    return argument.tolist() if isinstance(argument, np.ndarray) else argument
