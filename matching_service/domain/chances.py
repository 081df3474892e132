"""How much an inquiry is worth to a patient: how likely it is answered, and with a yes.

Chances weigh, they never exclude. They are means of Beta distributions that borrow from each
other: what all therapists did, then those of the same stated capacity, then of the same
procedures, then of the same region, and at last this therapist. Whoever has never been asked has
the chance of those who are most alike.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self

from matching_service.domain.pool import openness
from matching_service.domain.snapshots import NO_RECORD, AnswerRecord, TherapistSnapshot

PRIOR_RESPONSE = 0.35
PRIOR_ACCEPTANCE = (0.2, 0.3, 0.4)  # by openness: nothing said, one good sign, both
HIGHEST_CHANCE = 0.95
TYPICAL_CHANCE = PRIOR_RESPONSE * PRIOR_ACCEPTANCE[0]  # of an inquiry that is open already

# What is left of a chance for each relaxed tier, in the order of `preferences.TIERS`.
COST_OF_A_TIER = (0.4, 0.5, 0.6, 0.7, 0.8)


class _Strength(NamedTuple):
    """As many observations are borrowed from the wider group."""

    response: float
    acceptance: float


_OF_GROUP = _Strength(20.0, 20.0)
# The patients of one inquiry share the therapist's free places: twenty are about five observations.
_OF_ONE = _Strength(3.0, 20.0)


def _costs() -> tuple[float, ...]:
    costs = []
    for relaxation in range(2 ** len(COST_OF_A_TIER)):
        cost = 1.0
        for position, factor in enumerate(reversed(COST_OF_A_TIER)):
            cost *= factor if relaxation >> position & 1 else 1.0
        costs.append(cost)
    return tuple(costs)


COST_OF_RELAXATION = _costs()
"""By `Candidate.relaxation`: what is left of the chance."""


class Likeness(NamedTuple):
    """What makes therapists alike, the widest group first."""

    openness: int
    verfahren: tuple[str, ...]
    region: str  # the first two digits of the postcode

    @classmethod
    def of(cls, therapist: TherapistSnapshot, today: date) -> Self:
        verfahren = tuple(sorted(therapist.verfahren or ()))
        return cls(openness(therapist, today), verfahren, (therapist.plz or "")[:2])


@dataclass(frozen=True, slots=True)
class _Means:
    response: float
    acceptance: float

    def sharpened_by(self, record: AnswerRecord, strength: _Strength) -> "_Means":
        response, acceptance = strength
        return _Means(
            (response * self.response + record.answered) / (response + record.asked),
            (acceptance * self.acceptance + record.accepted) / (acceptance + record.offered),
        )


class Chances:
    """Without records: the priors alone."""

    def __init__(self, records: Mapping[Likeness, AnswerRecord] | None = None) -> None:
        self._records: defaultdict[tuple[object, ...], AnswerRecord] = defaultdict(AnswerRecord)
        for likeness, record in (records or {}).items():
            for width in range(len(likeness) + 1):
                self._records[likeness[:width]] += record
        self._known: dict[Likeness, _Means] = {}

    @classmethod
    def learned_from(cls, therapists: Iterable[TherapistSnapshot], today: date) -> Self:
        records: defaultdict[Likeness, AnswerRecord] = defaultdict(AnswerRecord)
        for therapist in therapists:
            if therapist.record != NO_RECORD:
                records[Likeness.of(therapist, today)] += therapist.record
        return cls(records)

    def of(self, therapist: TherapistSnapshot, today: date) -> float:
        """That an inquiry to this therapist is answered and a fitting patient in it accepted."""
        likeness = Likeness.of(therapist, today)
        if likeness not in self._known:
            self._known[likeness] = self._of_group(likeness)
        means = self._known[likeness].sharpened_by(therapist.record, _OF_ONE)
        return means.response * means.acceptance

    def _of_group(self, likeness: Likeness) -> _Means:
        means = _Means(PRIOR_RESPONSE, PRIOR_ACCEPTANCE[likeness.openness])
        for width in range(len(likeness) + 1):
            means = means.sharpened_by(self._records[likeness[:width]], _OF_GROUP)
        return means


class SwitchedOff(Chances):
    """Every therapist counts the same: only waiting and what had to be relaxed weigh."""

    def of(self, therapist: TherapistSnapshot, today: date) -> float:  # noqa: ARG002
        return TYPICAL_CHANCE
