"""The judge of waves compares what is explained of a pair with what the rules say of it."""

from dataclasses import replace
from typing import Any

import pytest

from matching_service.domain.explanations import Reason, explain_pair
from tests.worlds.case import Reading
from tests.worlds.judge import judge_explanation
from tests.worlds.unit.examples import NOW, TODAY, TOMORROW, a_search
from tests.worlds.vocabulary import north_of_koeln
from tests.worlds.world import World, usual_therapist

HARD = usual_therapist(
    10,
    next_contactable_date=TOMORROW,
    kassensitz=None,
    place=north_of_koeln(40),
    gender_preference=None,
    group_therapy_preference=True,
)
SEARCH = a_search(1, remaining_contacts=0)
READING = Reading(World([HARD], [SEARCH], NOW))
RIGHT = explain_pair(SEARCH, HARD, TODAY)


def told(**differences: Any) -> list[str]:
    explanation = replace(RIGHT, **differences)
    return [violation.what for violation in judge_explanation(READING, explanation)]


def test_a_right_explanation_is_left_in_peace() -> None:
    assert told() == []


def test_the_judge_knows_what_speaks_against_the_pair() -> None:
    assert READING.obstacles(10, 1) == ["cooling", "insurance", "too_far", "budget_used"]
    assert READING.fits[10, 1].not_met == [("gender_preference", "unknown"), ("group", "relaxed")]
    assert READING.fits[10, 1].km == 52.0


@pytest.mark.parametrize(
    ("differences", "what"),
    [
        ({"eligible": True}, "explained as eligible or not"),
        (
            {"reasons": tuple(Reason(reason.code) for reason in RIGHT.reasons)},
            "explained as decided or not",
        ),
        ({"reasons": RIGHT.reasons[1:]}, "explained by wrong reasons"),
        ({"reasons": (*RIGHT.reasons, Reason("gender"))}, "explained by wrong reasons"),
        ({"would_need": ()}, "explained with wrong needs"),
        ({"preferences": RIGHT.preferences[:1]}, "explained with wrong preferences"),
        (
            {"preferences": tuple(Reason(r.code, {"state": "relaxed"}) for r in RIGHT.preferences)},
            "explained with wrong preferences",
        ),
        ({"distance_km": 51.9}, "explained with a wrong distance"),
        ({"approximate": False}, "explained as exact"),
    ],
)
def test_every_planted_difference_is_named(differences: dict[str, Any], what: str) -> None:
    assert told(**differences) == [what]
