"""What the planner believes about its chances, from nothing at all to the truth."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from matching_service.domain.chances import COST_OF_RELAXATION, Chances, Likeness, SwitchedOff
from matching_service.domain.graph import Graph
from matching_service.domain.snapshots import AnswerRecord, TherapistSnapshot
from matching_service.simulation.market import Market, Positions, has_room
from matching_service.simulation.people import FIRST_DAY

if TYPE_CHECKING:
    from matching_service.simulation.day import Day

CLASSES = 256
Belief = tuple[Graph, Sequence[float], Sequence[float]]
"""Fields, the chance of each therapist, and what is left of it by relaxation."""


class Memory:
    """What became of all inquiries: the records of the therapists, and of those who are alike."""

    def __init__(self, therapists: Sequence[TherapistSnapshot]) -> None:
        self.therapists = list(therapists)
        self._alike = [Likeness.of(one, FIRST_DAY) for one in therapists]
        self._records: defaultdict[Likeness, AnswerRecord] = defaultdict(AnswerRecord)
        for likeness, one in zip(self._alike, therapists, strict=True):
            self._records[likeness] += one.record

    def add(self, therapist: int, record: AnswerRecord) -> None:
        known = self.therapists[therapist]
        self.therapists[therapist] = replace(known, record=known.record + record)
        self._records[self._alike[therapist]] += record

    def chances(self) -> Chances:
        """`Chances.learned_from(self.therapists)`, without looking at everybody again."""
        return Chances(self._records)


def believed(
    day: "Day", therapists: Positions, fields: Graph, pairs: Callable[[], Positions]
) -> Belief:
    """`pairs`: of the market, by edge of the fields."""
    kind = day.policy.chances
    base = (
        _known(day.market, therapists) if kind.startswith("known") else _estimated(day, therapists)
    )
    if kind.endswith("pairs"):
        return _by_fit(day.market, fields, pairs()), base, _costs_by_fit(day.market)
    return fields, base, true_costs(day.market) if kind == "known" else COST_OF_RELAXATION


def _estimated(day: "Day", therapists: Positions) -> list[float]:
    """The product's own estimate."""
    today: date = FIRST_DAY + timedelta(days=day.number)
    makers: dict[str, Callable[[], Chances]] = {
        "off": SwitchedOff,
        "own": Chances,
    }
    chances = makers.get(day.policy.chances, day.memory.chances)()
    return [chances.of(day.memory.therapists[at], today) for at in therapists.tolist()]


def _known(market: Market, therapists: Positions) -> list[float]:
    """How often each really answers and has room, and then takes a patient for whom nothing is
    relaxed."""
    rooms = np.array([has_room(one) for one in market.capacity.tolist()], np.float64)
    chances: list[float] = (market.response * rooms * _typical_fit(market))[therapists].tolist()
    return chances


def true_costs(market: Market) -> list[float]:
    """By relaxation: the mean fit, relative to that of pairs for whom nothing is relaxed."""
    width = len(COST_OF_RELAXATION)
    number = np.bincount(market.relaxation, minlength=width)
    fit = np.bincount(market.relaxation, weights=market.fit, minlength=width)
    typical = fit[0] / max(1, number[0])
    costs = fit / np.maximum(1, number) / typical
    known: list[float] = np.where(number > 0, costs, COST_OF_RELAXATION).tolist()
    return known


def _by_fit(market: Market, fields: Graph, pairs: Positions) -> Graph:
    """The true fit in 256 classes takes the place of the relaxation; so the best fit leads a
    bundle, not the longest wait."""
    best = float(market.fit.max())
    classes = np.floor((1.0 - market.fit[pairs] / best) * (CLASSES - 1)).astype(np.uint8)
    return Graph(fields.start, fields.search, classes)


def _costs_by_fit(market: Market) -> list[float]:
    best = float(market.fit.max()) / _typical_fit(market)
    return [best * (1.0 - one / (CLASSES - 1)) for one in range(CLASSES)]


def _typical_fit(market: Market) -> float:
    return float(market.fit[market.relaxation == 0].mean())
