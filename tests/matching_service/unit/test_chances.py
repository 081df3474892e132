from datetime import timedelta
from typing import Any

import pytest

from matching_service.domain.chances import (
    COST_OF_A_TIER,
    COST_OF_RELAXATION,
    PRIOR_ACCEPTANCE,
    PRIOR_RESPONSE,
    TYPICAL_CHANCE,
    Chances,
    SwitchedOff,
)
from matching_service.domain.snapshots import AnswerRecord, TherapistSnapshot
from tests.matching_service.unit.people import TODAY, a_therapist

ALWAYS_YES = AnswerRecord(asked=40, answered=40, offered=160, accepted=160)
NEVER = AnswerRecord(asked=40)


def learned(*therapists: TherapistSnapshot) -> Chances:
    return Chances.learned_from(therapists, TODAY)


def test_without_any_answers_the_priors_speak() -> None:
    assert Chances().of(a_therapist(), TODAY) == pytest.approx(PRIOR_RESPONSE * PRIOR_ACCEPTANCE[0])


@pytest.mark.parametrize(
    ("stated", "openness"),
    [
        ({}, 0),
        ({"free_from": TODAY + timedelta(days=1)}, 0),
        ({"potentially_available": True}, 1),
        ({"free_from": TODAY}, 1),
        ({"potentially_available": True, "free_from": TODAY}, 2),
    ],
)
def test_stated_capacity_raises_the_chance(stated: dict[str, Any], openness: int) -> None:
    chance = Chances().of(a_therapist(**stated), TODAY)

    assert chance == pytest.approx(PRIOR_RESPONSE * PRIOR_ACCEPTANCE[openness])


def test_who_answered_and_accepted_has_a_better_chance_and_who_never_answered_a_worse() -> None:
    eager, silent = a_therapist(1, record=ALWAYS_YES), a_therapist(2, record=NEVER)
    chances = learned(eager, silent)

    assert chances.of(silent, TODAY) < chances.of(a_therapist(3), TODAY)
    assert chances.of(a_therapist(3), TODAY) < chances.of(eager, TODAY)


def test_who_was_never_asked_is_judged_by_those_who_are_alike() -> None:
    """Same region and procedure as the eager ones; the others live and work elsewhere."""
    eager = [a_therapist(n, plz="50667", record=ALWAYS_YES) for n in (1, 2, 3)]
    silent = [
        a_therapist(n, plz="10115", verfahren=("Systemische Therapie",), record=NEVER)
        for n in (4, 5, 6)
    ]
    chances = learned(*eager, *silent)

    alike = chances.of(a_therapist(7, plz="50999"), TODAY)
    same_procedure = chances.of(a_therapist(8, plz="80331"), TODAY)
    unlike = chances.of(a_therapist(9, plz="10117", verfahren=("Systemische Therapie",)), TODAY)

    assert alike > same_procedure > unlike


def test_a_single_answer_moves_a_chance_only_a_little() -> None:
    once = AnswerRecord(asked=1, answered=1, offered=4, accepted=1)

    chance = Chances().of(a_therapist(record=once), TODAY)

    assert TYPICAL_CHANCE < chance < 3 * TYPICAL_CHANCE


def test_an_answer_without_an_acceptance_raises_the_response_and_lowers_the_acceptance() -> None:
    """(0.35 · 3 + 10) / 13 answers, 0.2 · 20 / 60 patients."""
    polite = a_therapist(record=AnswerRecord(asked=10, answered=10, offered=40, accepted=0))

    assert Chances().of(polite, TODAY) == pytest.approx((1.05 + 10) / 13 * (4.0 / 60))


def test_switched_off_everybody_counts_the_same() -> None:
    therapists = [a_therapist(1, record=ALWAYS_YES), a_therapist(2, potentially_available=True)]

    assert {SwitchedOff().of(one, TODAY) for one in therapists} == {TYPICAL_CHANCE}


def test_every_relaxed_tier_costs_and_the_first_costs_most() -> None:
    assert COST_OF_RELAXATION[0] == 1.0
    assert [COST_OF_RELAXATION[1 << bit] for bit in range(5)] == list(reversed(COST_OF_A_TIER))
    assert COST_OF_RELAXATION[0b10001] == COST_OF_A_TIER[0] * COST_OF_A_TIER[4]
    assert list(COST_OF_A_TIER) == sorted(COST_OF_A_TIER)
