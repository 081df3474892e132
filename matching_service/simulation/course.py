"""The course of one policy through one market, day by day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching_service.domain.snapshots import AnswerRecord
from matching_service.simulation.beliefs import Memory
from matching_service.simulation.day import Bundles, Day, Truths, plan_day
from matching_service.simulation.luck import Luck
from matching_service.simulation.market import HIGHEST, Market, Positions, Reals
from matching_service.simulation.scenario import Answers, Policy, Rules, Scenario

NO_LIMIT = 1_000_000
NEVER = -np.inf


@dataclass(frozen=True, slots=True, eq=False)
class Inquiry:
    """`answered`: whether it will be; `places`: free then."""

    therapist: int
    pairs: Positions
    sent_on: int
    due_on: int
    answered: bool
    places: int


@dataclass(slots=True)
class Tally:
    """Counted from the day on which measuring begins.

    `offered`: patients in inquiries, `offered_answered`: in answered ones; `accepted`: as told by
    therapists, `conflicts`: of these, when somebody else had been first; `successful`: answered
    inquiries in which somebody found a place; `active`: searches, summed over days.
    """

    days: int = 0
    inquiries: int = 0
    offered: int = 0
    answered: int = 0
    offered_answered: int = 0
    accepted: int = 0
    conflicts: int = 0
    successful: int = 0
    active: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """`waited`: days until placed, of the measured searches, inf: never."""

    waited: Reals
    tally: Tally
    therapists: int


def run(market: Market, scenario: Scenario, policy: str, seed: int) -> Outcome:
    course = Course(market, scenario, scenario.policies[policy], seed)
    for day in range(scenario.measure.horizon):
        course.hear(day)
        course.ask(day)
    return course.outcome(scenario)


class Course:
    def __init__(self, market: Market, scenario: Scenario, policy: Policy, seed: int) -> None:
        self.market, self.policy = market, policy
        self.rules: Rules = scenario.rules
        self.answers: Answers = scenario.answers
        self.from_day = scenario.measure.from_day
        searches, therapists = len(market.searches), len(market.therapists)
        self.placed_on = np.full(searches, np.inf)
        self.open_inquiries = np.zeros(searches, np.int64)
        self.answered_contacts = np.zeros(searches, np.int64)
        self.last_asked = np.full(searches, NEVER)
        self.contact_again = np.zeros(therapists, np.int64)
        self.inquiries_of = np.zeros(therapists, np.int64)
        self.has_open_inquiry = np.zeros(therapists, np.bool_)
        self.excluded = np.zeros(market.pairs, np.bool_)
        self.luck = Luck(market, scenario.answers, seed)
        self.suits = self.luck.suits
        self.memory = Memory(market.therapists)
        self.due: defaultdict[int, list[Inquiry]] = defaultdict(list)
        self.tally = Tally()
        self.counts = False

    def hear(self, day: int) -> list[Inquiry]:
        """Answers, and the end of waiting for one."""
        self.counts = day >= self.from_day
        over = sorted(self.due.pop(day, ()), key=lambda one: one.therapist)
        for inquiry in over:
            self._close(inquiry)
            if inquiry.answered:
                self._hear_answer(inquiry, day)
            else:
                self._give_up(inquiry, day)
        return over

    def ask(self, day: int) -> Bundles:
        situation = self.situation(day)
        bundles = plan_day(situation)
        for therapist, pairs in bundles:
            self._send(therapist, pairs, day)
        if self.counts:
            self._count(situation.active, bundles)
        return bundles

    def situation(self, day: int) -> Day:
        return Day(
            number=day,
            market=self.market,
            policy=self.policy,
            max_bundles=self.rules.max_bundles,
            order=self.luck.order(day),
            memory=self.memory,
            askable=~self.has_open_inquiry & (self.contact_again <= day),
            active=(self.market.arrival <= day) & (self.placed_on == np.inf),
            excluded=self.excluded,
            open_inquiries=self.open_inquiries,
            contacts_left=self._contacts_left(),
            last_asked=self.last_asked,
        )

    def outcome(self, scenario: Scenario) -> Outcome:
        measure, arrival = scenario.measure, self.market.arrival
        last = measure.horizon - measure.censored_at
        cohort = (arrival >= measure.from_day) & (arrival < last)
        return Outcome((self.placed_on - arrival)[cohort], self.tally, len(self.market.therapists))

    def _contacts_left(self) -> Positions:
        cap, contacts = self.policy.parallel_cap, self.policy.contacts
        used = self.open_inquiries + self.answered_contacts
        by_cap = (NO_LIMIT if cap is None else cap) - self.open_inquiries
        by_budget = (NO_LIMIT if contacts is None else contacts) - used
        left: Positions = np.maximum(0, np.minimum(by_cap, by_budget))
        return left

    def _send(self, therapist: int, pairs: Positions, day: int) -> None:
        number = int(self.inquiries_of[therapist])
        inquiry = self._inquiry(therapist, pairs, day, number)
        searches = self.market.search[pairs]
        self.inquiries_of[therapist] += 1
        self.has_open_inquiry[therapist] = True
        self.open_inquiries[searches] += 1
        self.last_asked[searches] = day
        self.due[inquiry.due_on].append(inquiry)

    def _inquiry(self, therapist: int, pairs: Positions, day: int, number: int) -> Inquiry:
        luck, how = self.luck.of(number), self.answers
        effect = 1.0 + how.effect_per_further_patient * (len(pairs) - 1)
        chance = min(HIGHEST, float(self.market.response[therapist] * effect))
        answered = bool(luck.response[therapist] < chance)
        delay = int(luck.delay[therapist]) if answered else self.rules.no_answer_days
        places = int(luck.places[therapist])
        return Inquiry(therapist, pairs, day, day + delay, answered, places)

    def _close(self, inquiry: Inquiry) -> None:
        self.has_open_inquiry[inquiry.therapist] = False
        self.open_inquiries[self.market.search[inquiry.pairs]] -= 1

    def _give_up(self, inquiry: Inquiry, day: int) -> None:
        rest = inquiry.sent_on + self.rules.cooling_days if self.rules.rest_after_silence else day
        self.contact_again[inquiry.therapist] = max(day, rest)
        self.memory.add(inquiry.therapist, AnswerRecord(asked=1))

    def _hear_answer(self, inquiry: Inquiry, day: int) -> None:
        self.contact_again[inquiry.therapist] = day + self.rules.cooling_days
        self.answered_contacts[self.market.search[inquiry.pairs]] += 1
        size, places, conflicts = len(inquiry.pairs), inquiry.places, 0
        if places:  # without a free place nobody looks whether patients suit
            places, conflicts = self._accept(self.luck.in_turn(inquiry.pairs), places, day)
        placed = inquiry.places - places
        self.memory.add(inquiry.therapist, AnswerRecord(1, 1, size, placed + conflicts))
        if self.counts:
            self.tally.answered += 1
            self.tally.offered_answered += size
            self.tally.accepted += placed + conflicts
            self.tally.conflicts += conflicts
            self.tally.successful += placed > 0

    def _accept(self, pairs: Sequence[int], places: int, day: int) -> tuple[int, int]:
        """Places left and conflicts; whoever does not suit is never offered again."""
        conflicts = 0
        for pair in pairs:
            search = self.market.search[pair]
            if not self.suits[pair]:
                self.excluded[pair] = True
            elif places and self.placed_on[search] == np.inf:
                self.placed_on[search] = day
                places -= 1
            elif places:
                conflicts += 1
        return places, conflicts

    def _count(self, active: Truths, bundles: Bundles) -> None:
        self.tally.days += 1
        self.tally.active += int(active.sum())
        self.tally.inquiries += len(bundles)
        self.tally.offered += sum(len(pairs) for _, pairs in bundles)
