"""A market: who may be offered to whom, and what nobody knows beforehand.

The pairs and what they violate come from the product's own rules. How well a pair suits, how often
a therapist answers and how many places are free then is the truth of the model, which planners
learn of only through answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from matching_service.domain.availability import Availability, WeeklySchedule
from matching_service.domain.methods import method_for
from matching_service.domain.pool import openness
from matching_service.domain.snapshots import AnswerRecord, SearchSnapshot, TherapistSnapshot
from matching_service.simulation.people import (
    FIRST_DAY,
    invent_searches,
    invent_therapists,
)
from matching_service.simulation.scenario import Answers, Scenario

Reals = NDArray[np.float64]
Positions = NDArray[np.int64]
Codes = NDArray[np.uint8]

TIERS = ("availability", "diagnosis", "age", "gender", "group")  # the highest bit first
DIAGNOSIS = 0b01000
GOOD_SUITABILITY = 80.0
HIGHEST = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Therapists and searches by position; a row per pair that meets all hard constraints.

    `start`: of a therapist's pairs, as in `Graph`; `suitability`: 0 to 100, what the older system
    sorted by; `fit`: the chance that the therapist would take this patient, had she room;
    `capacity`: mean of the free places at an answer; `arrival`: day, ascending.
    """

    therapists: Sequence[TherapistSnapshot]
    searches: Sequence[SearchSnapshot]
    arrival: Reals
    start: Positions
    therapist: Positions
    search: Positions
    relaxation: Codes
    suitability: Reals
    fit: Reals
    response: Reals
    capacity: Reals

    @property
    def pairs(self) -> int:
        return len(self.search)

    def find(self, therapist: Positions, search: Positions) -> Positions:
        """Rows of pairs."""
        width = len(self.searches)
        rows: Positions = np.searchsorted(
            self.therapist * width + self.search, therapist * width + search
        )
        return rows


def invent(scenario: Scenario, seed: int) -> Market:
    """The same for every policy and whatever the rules of contact, so that runs can be paired."""
    mix, answers = scenario.therapists, scenario.answers
    abilities, people, coming, past = (np.random.default_rng((seed, part)) for part in range(4))
    response, capacity = _abilities(answers, mix.number, abilities)
    expected = int(scenario.searches.per_day * scenario.measure.horizon)
    arrival = np.sort(coming.uniform(0.0, scenario.measure.horizon, expected))
    therapists = invent_therapists(mix, scenario.region, capacity.tolist(), people)
    searches = invent_searches(scenario.searches, scenario.region, arrival.tolist(), people)
    order = np.array(_most_open_first(therapists), np.int64)
    therapists = [therapists[at] for at in order]
    market = joined(therapists, searches, arrival, response[order], capacity[order], answers)
    return with_past(market, answers, past)


def joined(
    therapists: Sequence[TherapistSnapshot],
    searches: Sequence[SearchSnapshot],
    arrival: Reals,
    response: Reals,
    capacity: Reals,
    answers: Answers,
) -> Market:
    """Asks the product's rules about all pairs, as they stand on the first day."""
    method = method_for(len(therapists), len(searches))
    eligible = method.eligible_pairs(therapists, searches, FIRST_DAY)
    start, search = np.asarray(eligible.start, np.int64), np.asarray(eligible.search, np.int64)
    therapist = np.repeat(np.arange(len(therapists)), np.diff(start))
    order = np.lexsort((search, therapist))
    search, relaxation = search[order], np.asarray(eligible.relaxation, np.uint8)[order]
    suitability = np.array(
        [
            suitability_of(searches[j], therapists[i], int(violated))
            for i, j, violated in zip(
                therapist.tolist(), search.tolist(), relaxation.tolist(), strict=True
            )
        ],
        np.float64,
    )
    return Market(
        therapists=tuple(therapists),
        searches=tuple(searches),
        arrival=arrival,
        start=start,
        therapist=therapist,
        search=search,
        relaxation=relaxation,
        suitability=suitability,
        fit=_fit(suitability, relaxation, answers),
        response=response,
        capacity=capacity,
    )


def with_past(market: Market, answers: Answers, dice: Generator) -> Market:
    """What is on record about each therapist on the first day."""
    if not answers.earlier_inquiries:
        return market
    typical = float(market.fit[market.relaxation == 0].mean())
    known = [
        replace(one, record=_past(answers.earlier_inquiries, chances, typical, dice))
        for one, *chances in zip(
            market.therapists, market.response.tolist(), market.capacity.tolist(), strict=True
        )
    ]
    return replace(market, therapists=tuple(known))


def suitability_of(search: SearchSnapshot, therapist: TherapistSnapshot, relaxation: int) -> float:
    """A static score as the older system had: up to 40 points for time in common, 30 for the
    diagnosis, 20 for age and gender, 10 for the group."""
    return (
        40.0 * _share_in_common(search.patient.availability, therapist.working_hours)
        + _points_for_diagnosis(therapist, relaxation)
        + 20.0
        + _points_for_group(search, therapist)
    )


def _share_in_common(free: Availability, working: Availability) -> float:
    if not isinstance(free, WeeklySchedule) or not isinstance(working, WeeklySchedule):
        return 0.5
    both = free.free_minutes & working.free_minutes
    return both.bit_count() / free.free_minutes.bit_count()


def _points_for_diagnosis(therapist: TherapistSnapshot, relaxation: int) -> float:
    if not therapist.preferred_diagnoses:
        return 15.0
    return 9.0 if relaxation & DIAGNOSIS else 27.0


def _points_for_group(search: SearchSnapshot, therapist: TherapistSnapshot) -> float:
    if therapist.group_therapy_preference and search.patient.group_ok:
        return 10.0
    return 7.0 if search.patient.group_ok else 8.0


def _fit(suitability: Reals, relaxation: Codes, answers: Answers) -> Reals:
    fit: Reals = answers.fit * (suitability / GOOD_SUITABILITY) ** 2
    for digit, tier in enumerate(reversed(TIERS)):
        violated = (relaxation >> digit & 1).astype(np.bool_)
        fit = np.where(violated, fit * answers.fit_despite[tier], fit)
    return np.minimum(HIGHEST, fit)


def _abilities(answers: Answers, number: int, dice: Generator) -> tuple[Reals, Reals]:
    """Response (2 to 95 %) and mean free places."""
    alpha, shape = answers.response_alpha, answers.capacity_shape
    response = dice.beta(alpha, alpha * (1.0 / answers.response - 1.0), number)
    return response.clip(0.02, HIGHEST), dice.gamma(shape, answers.capacity / shape, number)


def _past(asked: int, chances: Sequence[float], fit: float, dice: Generator) -> AnswerRecord:
    """One patient at a time, as it was."""
    response, capacity = chances
    answered = int(dice.binomial(asked, response))
    accepted = int(dice.binomial(answered, fit * has_room(capacity)))
    return AnswerRecord(asked=asked, answered=answered, offered=answered, accepted=accepted)


def has_room(capacity: float) -> float:
    """The chance of at least one free place."""
    return 1.0 - exp(-capacity)


def _most_open_first(therapists: Sequence[TherapistSnapshot]) -> list[int]:
    """As the planner has them among equals."""
    return sorted(range(len(therapists)), key=lambda at: -openness(therapists[at], FIRST_DAY))
