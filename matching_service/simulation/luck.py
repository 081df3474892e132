"""What chance decides, the same under every policy: a seed's runs differ by what policies do."""

from typing import NamedTuple

import numpy as np

from matching_service.simulation.market import Market, Positions, Reals
from matching_service.simulation.scenario import Answers


class Answering(NamedTuple):
    """By therapist: an answer comes if `response` is below her chance, after `delay` days, when
    `places` are free."""

    response: Reals
    delay: Positions
    places: Positions


class Luck:
    """`suits`: by pair, whether the therapist would take the patient."""

    def __init__(self, market: Market, answers: Answers, seed: int) -> None:
        self._market, self._answers, self._seed = market, answers, seed
        self.suits = self._dice(0).random(market.pairs) < market.fit
        self._liking = self._dice(1).random(market.pairs)
        self._drawn: dict[int, Answering] = {}

    def of(self, number: int) -> Answering:
        """Of everybody's n-th inquiry, whenever that is."""
        if number not in self._drawn:
            self._drawn[number] = self._draw(number)
        return self._drawn[number]

    def order(self, day: int) -> Positions:
        """In which therapists are asked where no planner decides."""
        return self._dice(3, day).permutation(len(self._market.therapists))

    def in_turn(self, pairs: Positions) -> list[int]:
        """As a therapist goes through the patients of an inquiry."""
        turn: list[int] = pairs[np.argsort(self._liking[pairs])].tolist()
        return turn

    def _draw(self, number: int) -> Answering:
        dice, how = self._dice(2, number), self._answers
        therapists = len(self._market.therapists)
        response = dice.random(therapists)
        days = np.exp(how.delay_log_mean + how.delay_log_sd * dice.standard_normal(therapists))
        delay = np.maximum(1, np.ceil(days)).astype(np.int64)
        return Answering(response, delay, dice.poisson(self._market.capacity))

    def _dice(self, *what: int) -> np.random.Generator:
        return np.random.default_rng((self._seed, 10, *what))
