from typing import Any

import pytest

from matching_service.domain.fields import Candidate, candidate_for, field_of
from matching_service.domain.snapshots import Pair, TherapistSnapshot, pair_of
from tests.matching_service.unit.people import TODAY, a_patient, a_search, a_therapist, week

THERAPIST = a_therapist(
    preferred_diagnoses=("F32",),
    age_max=65,
    gender_preference="female",
    group_therapy_preference=True,
)
FITS: dict[str, Any] = {"group_ok": True}
NO_GROUP: dict[str, Any] = {"group_ok": False}
WRONG_GENDER: dict[str, Any] = {**FITS, "geschlecht": "männlich"}
WRONG_AGE: dict[str, Any] = {**FITS, "geburtsdatum": TODAY.replace(year=1950)}
WRONG_DIAGNOSIS: dict[str, Any] = {**FITS, "diagnose": "F60.3"}
NO_TIME: dict[str, Any] = {**FITS, "availability": week(saturday="08:00-12:00")}


def beside(*patients: dict[str, Any], therapist: TherapistSnapshot = THERAPIST) -> list[Pair]:
    """The searches are numbered from 1 in the order of the patients."""
    searches = (
        a_search(number, patient=a_patient(number, **patient))
        for number, patient in enumerate(patients, start=1)
    )
    return [pair_of(search, therapist, TODAY) for search in searches]


def field(
    pairs: list[Pair], size: int = 6, pinned: frozenset[int] = frozenset()
) -> list[Candidate]:
    """`pinned` by search id."""
    everybody = [candidate_for(pair) for pair in pairs]
    relaxations = [one.relaxation for one in everybody]
    return [everybody[at] for at in field_of(relaxations, size, {id_ - 1 for id_ in pinned})]


def inside(candidates: list[Candidate]) -> dict[int, tuple[str, ...]]:
    return {one.search.search_id: one.relaxed for one in candidates}


def test_a_field_of_six_who_fit_lets_nobody_else_in() -> None:
    candidates = field(beside(*[FITS] * 6, NO_GROUP, WRONG_GENDER))

    assert inside(candidates) == dict.fromkeys(range(1, 7), ())


def test_a_field_is_everybody_who_fits_however_many() -> None:
    assert len(field(beside(*[FITS] * 9))) == 9


def test_five_who_fit_let_the_last_tier_be_relaxed_and_no_other() -> None:
    candidates = field(beside(*[FITS] * 5, NO_GROUP, WRONG_GENDER))

    assert inside(candidates) == {**dict.fromkeys(range(1, 6), ()), 6: ("group",)}


def test_everybody_who_fails_only_the_relaxed_tier_comes_in() -> None:
    assert len(field(beside(*[FITS] * 5, NO_GROUP, NO_GROUP, NO_GROUP))) == 8


@pytest.mark.parametrize(
    ("newcomer", "relaxed", "tiers"),
    [
        (NO_GROUP, ("group",), 1),
        (WRONG_GENDER, ("gender_preference",), 2),
        (WRONG_AGE, ("age",), 3),
        (WRONG_DIAGNOSIS, ("diagnosis",), 4),
        (NO_TIME, ("availability",), 5),
        ({**WRONG_GENDER, **NO_GROUP}, ("gender_preference", "group"), 2),
        ({**NO_TIME, "group_ok": False}, ("availability", "group"), 5),
    ],
)
def test_tiers_are_relaxed_from_the_last_until_the_field_is_large_enough(
    newcomer: dict[str, Any], relaxed: tuple[str, ...], tiers: int
) -> None:
    failing_one_each = [NO_GROUP, WRONG_GENDER, WRONG_AGE, WRONG_DIAGNOSIS, NO_TIME]
    first_not_relaxed = failing_one_each[tiers : tiers + 1]

    candidates = field(beside(*[FITS] * 5, newcomer, *first_not_relaxed))

    assert inside(candidates) == {**dict.fromkeys(range(1, 6), ()), 6: relaxed}


def test_only_tiers_that_a_candidate_really_fails_are_marked_as_relaxed() -> None:
    candidates = field(beside(FITS, WRONG_AGE, NO_GROUP), size=3)

    assert inside(candidates) == {1: (), 2: ("age",), 3: ("group",)}


def test_relaxing_stops_as_soon_as_the_field_is_large_enough() -> None:
    candidates = field(beside(FITS, NO_GROUP, WRONG_GENDER, WRONG_AGE, NO_TIME), size=3)

    assert set(inside(candidates)) == {1, 2, 3}


def test_a_field_that_stays_too_small_has_relaxed_everything() -> None:
    candidates = field(beside(FITS, NO_TIME, {**WRONG_GENDER, **NO_TIME, "diagnose": "F60"}))

    assert set(inside(candidates)) == {1, 2, 3}


def test_a_field_without_candidates_is_empty() -> None:
    assert field_of([], size=6) == []


def test_an_unknown_preference_passes_and_is_marked() -> None:
    silent = a_therapist(gender_preference=None, group_therapy_preference=None)

    candidates = field(beside(*[{}] * 6, NO_TIME, therapist=silent))

    assert len(candidates) == 6
    assert {one.relaxed for one in candidates} == {()}
    assert {one.unknown for one in candidates} == {("gender_preference", "group")}


def test_a_pinned_search_is_inside_and_brings_nobody_along() -> None:
    candidates = field(beside(*[FITS] * 6, NO_TIME, NO_TIME), pinned=frozenset({7}))

    assert set(inside(candidates)) == {1, 2, 3, 4, 5, 6, 7}
    assert inside(candidates)[7] == ("availability",)


def test_no_sum_of_later_tiers_outweighs_an_earlier_one() -> None:
    only_time, all_but_time = beside(
        NO_TIME,
        {
            **WRONG_DIAGNOSIS,
            **WRONG_AGE,
            "diagnose": "F60.3",
            "geschlecht": "männlich",
            "group_ok": False,
        },
    )

    assert candidate_for(only_time).relaxation > candidate_for(all_but_time).relaxation
