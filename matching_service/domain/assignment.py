"""Who is offered to whom, all bundles at once: the reference, in plain Python.

Sought is the largest Σ_j w_j (1 − Π_i (1 − p_ij)): w_j is the weight of search j, p_ij its chance
with therapist i, the product runs over the therapists who are asked on its behalf. What one more
inquiry adds is worth_j · p_ij, where worth_j = w_j Π (1 − p_ij) is what is still to be won with j;
so each further inquiry for the same patient adds less, and that spreads a wave.

Bundles are taken greedily, the one that gains most first, then each is taken out and made anew
beside all others, a few times over. Every comparison is between the same products of the same
numbers in the same order, so that `domain/fast` comes to the same bundles, to the last bit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import prod
from typing import NamedTuple

from matching_service.domain.chances import COST_OF_RELAXATION, HIGHEST_CHANCE
from matching_service.domain.graph import Graph

SWEEPS = 3

Bundle = list[int]
"""Edges of the graph, in the order of their positions: pinned ones, the leader, the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Therapists and searches by position; among equals the lower position comes first.

    `base`: chance of a therapist's inquiry before anything is relaxed; `cost`: what a relaxation
    leaves of it. `smallest`: the fewest members of each therapist's bundle.
    """

    fields: Graph
    base: Sequence[float]
    mailbox: Sequence[int]
    smallest: Sequence[int]
    weight: Sequence[float]
    waiting_days: Sequence[int]
    contacts_left: Sequence[int]
    largest: int
    max_bundles: int | None = None
    pinned: Mapping[int, Sequence[int]] = field(default_factory=dict)
    cost: Sequence[float] = COST_OF_RELAXATION

    @property
    def therapists(self) -> range:
        return range(len(self.base))


class Rank(NamedTuple):
    """Who leads a bundle: least relaxed, then longest wait."""

    relaxation: int
    waiting: int  # in days, negative


def assign(problem: Problem) -> list[Bundle]:
    """A bundle for each therapist, empty for those who get none."""
    wave = Wave(problem)
    wave.take_pinned()
    wave.take_greedily()
    for _ in range(SWEEPS):
        if not wave.improve():
            break
    while wave.let_longest_waiters_in():
        pass
    return wave.bundles


class Wave:
    """The bundles so far, and what they leave of every search's worth and contacts."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        fields = problem.fields
        self.bundles: list[Bundle] = [[] for _ in problem.therapists]
        self.holder: dict[int, int] = {}  # mailbox → therapist
        self.asked: list[list[int]] = [[] for _ in problem.weight]  # the edges of each search
        self.worth = list(problem.weight)
        self.left = list(problem.contacts_left)
        self.chance = [
            min(HIGHEST_CHANCE, problem.base[i] * problem.cost[fields.relaxation[edge]])
            for i in problem.therapists
            for edge in fields.edges(i)
        ]

    def take_pinned(self) -> None:
        """Whose bundle turns out too small gives way to the others, and all of them begin anew."""
        hopeful = sorted(self.problem.pinned)
        while too_small := self._take_pinned(hopeful):
            hopeful = [therapist for therapist in hopeful if therapist not in too_small]

    def _take_pinned(self, therapists: Sequence[int]) -> list[int]:
        """All pins before anybody else, so that no contact is spent that staff meant for one."""
        for therapist in therapists:
            if self.may_be_asked(therapist):
                self.put(therapist, self._pins(therapist))
        asked = [therapist for therapist in therapists if self.bundles[therapist]]
        for therapist in asked:
            self.take_out(therapist)
            self.put(therapist, self.best_bundle(therapist))
        too_small = [therapist for therapist in asked if not self.bundles[therapist]]
        if too_small:
            for therapist in asked:
                self.take_out(therapist)
        return too_small

    def take_greedily(self) -> None:
        """Lazily: what a bundle gains is looked at again only when it seems to gain most."""
        waiting = [self.entry(i) for i in self.problem.therapists if not self.bundles[i]]
        heapify(waiting)
        while waiting and not self.is_full():
            _, therapist = heappop(waiting)
            if self.problem.mailbox[therapist] in self.holder:
                continue
            entry = self.entry(therapist)
            if entry[0] == 0.0:
                continue
            if waiting and waiting[0] < entry:
                heappush(waiting, entry)
            else:
                self.put(therapist, self.best_bundle(therapist))

    def improve(self) -> bool:
        """Every bundle anew beside all others; whoever has none may find one now."""
        changed = False
        for therapist in self.problem.therapists:
            before = self.bundles[therapist]
            if not before and not self.may_be_asked(therapist):
                continue
            self.take_out(therapist)
            self.put(therapist, self.best_bundle(therapist))
            changed = changed or set(self.bundles[therapist]) != set(before)
        return changed

    def let_longest_waiters_in(self) -> bool:
        """Whoever should lead a bundle and has contacts left takes the last place in it."""
        changed = False
        for therapist in self.problem.therapists:
            bundle, pins = self.bundles[therapist], self._pins(therapist)
            if not bundle or len(pins) == self.problem.largest:
                continue
            leader = self._leader([e for e in self._open_edges(therapist) if e not in bundle])
            if leader is None or self.rank(leader) >= min(self.rank(edge) for edge in bundle):
                continue
            others = [edge for edge in bundle if edge not in pins]
            self.take_out(therapist)
            self.put(therapist, [*pins, leader, *others][: self.problem.largest])
            changed = True
        return changed

    def best_bundle(self, therapist: int) -> Bundle:
        """Pinned ones, the leader, then whoever gains most; [] where too few have contacts left."""
        available = self._open_edges(therapist)
        if len(available) < self.problem.smallest[therapist]:
            return []
        pins = self._pins(therapist)
        leader = self._leader(available)
        by_gain = sorted(available, key=lambda edge: (-self.gain(edge), self._search(edge)))
        in_turn = [*pins, *([] if leader is None else [leader]), *by_gain]
        return list(dict.fromkeys(in_turn))[: self.problem.largest]

    def entry(self, therapist: int) -> tuple[float, int]:
        """Ordered by gain, the largest first; 0.0: no bundle."""
        gain = 0.0
        for edge in self.best_bundle(therapist):
            gain += self.gain(edge)
        return -gain, therapist

    def put(self, therapist: int, bundle: Bundle) -> None:
        self.bundles[therapist] = bundle
        if bundle:
            self.holder[self.problem.mailbox[therapist]] = therapist
        for edge in bundle:
            self._change(edge, [*self.asked[self._search(edge)], edge])

    def take_out(self, therapist: int) -> None:
        for edge in self.bundles[therapist]:
            self._change(edge, [one for one in self.asked[self._search(edge)] if one != edge])
        if self.bundles[therapist]:
            del self.holder[self.problem.mailbox[therapist]]
        self.bundles[therapist] = []

    def may_be_asked(self, therapist: int) -> bool:
        return self.problem.mailbox[therapist] not in self.holder and not self.is_full()

    def is_full(self) -> bool:
        limit = self.problem.max_bundles
        return limit is not None and len(self.holder) >= limit

    def gain(self, edge: int) -> float:
        return self.worth[self._search(edge)] * self.chance[edge]

    def rank(self, edge: int) -> Rank:
        waiting = -self.problem.waiting_days[self._search(edge)]
        return Rank(int(self.problem.fields.relaxation[edge]), waiting)

    def _search(self, edge: int) -> int:
        return int(self.problem.fields.search[edge])

    def _open_edges(self, therapist: int) -> list[int]:
        edges = self.problem.fields.edges(therapist)
        return [edge for edge in edges if self.left[self._search(edge)] > 0]

    def _pins(self, therapist: int) -> list[int]:
        """Pinned edges that are in the bundle or could be, in the order of the searches."""
        pins = self.problem.pinned.get(therapist, ())
        mine = [
            edge
            for edge in self.problem.fields.edges(therapist)
            if self._search(edge) in pins
            and (self.left[self._search(edge)] > 0 or edge in self.bundles[therapist])
        ]
        return sorted(mine, key=self._search)[: self.problem.largest]

    def _leader(self, edges: Sequence[int]) -> int | None:
        return min(
            edges,
            key=lambda edge: (self.rank(edge), -self.gain(edge), self._search(edge)),
            default=None,
        )

    def _change(self, edge: int, asked: list[int]) -> None:
        """The product runs in the order of the edges, whatever came first: no rounding differs."""
        search = self._search(edge)
        self.left[search] += len(self.asked[search]) - len(asked)
        self.asked[search] = sorted(asked)
        remaining = (1.0 - self.chance[one] for one in self.asked[search])
        self.worth[search] = prod(remaining, start=self.problem.weight[search])
