from datetime import date
from typing import Any

import pytest

from matching_service.domain import constraints
from matching_service.domain.constraints import (
    HARD_CONSTRAINTS,
    contacts_left,
    meets_all_constraints,
    unmet_constraints,
)
from matching_service.domain.snapshots import UnknownPlace
from matching_service.domain.verdicts import MET, Met, Unknown, Verdict, Violated
from tests.matching_service.unit.people import KOELN, a_pair, a_search, north_of


def kind(verdict: Verdict) -> str:
    return type(verdict).__name__


@pytest.mark.parametrize(
    ("versicherungsart", "kassensitz", "verdict"),
    [
        ("gesetzlich", True, Met),
        ("gesetzlich", False, Violated),
        ("gesetzlich", None, Unknown),
        ("privat", False, Met),
        ("selbstzahler", None, Met),
        ("kostenerstattung", False, Met),
        (None, True, Met),
        (None, False, Unknown),
        (None, None, Unknown),
        ("beihilfe", False, Unknown),
    ],
)
def test_statutory_insurance_needs_a_kassensitz(
    versicherungsart: str | None, kassensitz: bool | None, verdict: type[Verdict]
) -> None:
    pair = a_pair({"versicherungsart": versicherungsart}, {"kassensitz": kassensitz})

    assert kind(constraints.insurance(pair)) == verdict.__name__


UNDER_18, TURNS_18, TWENTY, TURNS_21 = (
    date(2008, 11, 24),
    date(2008, 11, 23),
    date(2005, 11, 24),
    date(2005, 11, 23),
)


@pytest.mark.parametrize(
    ("born", "altersgruppe", "verdict"),
    [
        (UNDER_18, "kinder_jugendliche", Met),
        (UNDER_18, "beide", Met),
        (UNDER_18, "erwachsene", Violated),
        (UNDER_18, None, Unknown),
        (TURNS_18, "kinder_jugendliche", Met),
        (TURNS_18, "erwachsene", Met),
        (TURNS_18, "beide", Met),
        (TURNS_18, None, Met),
        (TWENTY, "kinder_jugendliche", Met),
        (TWENTY, "erwachsene", Met),
        (TURNS_21, "kinder_jugendliche", Violated),
        (TURNS_21, "erwachsene", Met),
        (TURNS_21, "beide", Met),
        (TURNS_21, None, Unknown),
        (TURNS_21, "alle", Unknown),
        (None, "erwachsene", Unknown),
        (None, "kinder_jugendliche", Unknown),
        (None, "beide", Met),
        (None, None, Unknown),
    ],
)
def test_the_age_decides_which_therapists_may_treat(
    born: date | None, altersgruppe: str | None, verdict: type[Verdict]
) -> None:
    pair = a_pair({"geburtsdatum": born}, {"altersgruppe": altersgruppe})

    assert kind(constraints.age_group(pair)) == verdict.__name__


@pytest.mark.parametrize(
    ("wish", "geschlecht", "verdict"),
    [
        ("female", "weiblich", Met),
        ("male", "männlich", Met),
        ("female", "männlich", Violated),
        ("male", "weiblich", Violated),
        ("female", "divers", Violated),
        ("male", "divers", Violated),
        ("divers", "divers", Unknown),
        ("female", "keine_Angabe", Unknown),
        ("male", None, Unknown),
        ("any", "männlich", Met),
        ("any", "divers", Met),
        ("any", None, Met),
        (None, None, Met),
    ],
)
def test_divers_and_unknown_therapists_match_only_patients_without_a_wish(
    wish: str | None, geschlecht: str | None, verdict: type[Verdict]
) -> None:
    pair = a_pair({"therapist_gender_preference": wish}, {"geschlecht": geschlecht})

    assert kind(constraints.therapist_gender(pair)) == verdict.__name__


@pytest.mark.parametrize(
    ("wish", "offered", "verdict"),
    [
        ("Verhaltenstherapie", ("Verhaltenstherapie",), Met),
        ("Systemische Therapie", ("Verhaltenstherapie", "Systemische Therapie"), Met),
        ("Analytische Psychotherapie", ("Verhaltenstherapie",), Violated),
        ("Verhaltenstherapie", (), Unknown),
        ("Verhaltenstherapie", None, Unknown),
        ("Egal", (), Met),
        (None, None, Met),
    ],
)
def test_a_procedure_wish_must_be_among_those_the_therapist_offers(
    wish: str | None, offered: tuple[str, ...] | None, verdict: type[Verdict]
) -> None:
    pair = a_pair({"verfahren": wish}, {"verfahren": offered})

    assert kind(constraints.procedure(pair)) == verdict.__name__


@pytest.mark.parametrize(
    ("wished", "spoken", "verdict"),
    [
        ((), (), Met),
        ((), None, Met),
        (("Deutsch",), None, Met),
        (("Türkisch", "deutsch"), ("Englisch",), Met),
        (("Türkisch",), ("Englisch", "türkisch "), Met),
        (("Türkisch", "Kurdisch"), ("Kurdisch",), Met),
        (("Türkisch",), ("Englisch",), Violated),
        (("Türkisch",), (), Unknown),
        (("Türkisch",), None, Unknown),
    ],
)
def test_one_wished_language_is_enough_and_no_wish_means_german(
    wished: tuple[str, ...], spoken: tuple[str, ...] | None, verdict: type[Verdict]
) -> None:
    pair = a_pair({"sprachen": wished}, {"sprachen": spoken})

    assert kind(constraints.language(pair)) == verdict.__name__


@pytest.mark.parametrize(
    ("patient", "search", "by"),
    [
        ({"excluded_therapists": frozenset({1})}, {}, "patient"),
        ({}, {"excluded_therapists": frozenset({1, 2})}, "search"),
    ],
)
def test_an_exclusion_counts_whoever_made_it(
    patient: dict[str, Any], search: dict[str, Any], by: str
) -> None:
    verdict = constraints.exclusion(a_pair(patient, {}, search))

    assert isinstance(verdict, Violated)
    assert (verdict.code, verdict.detail["by"]) == ("excluded", by)


def test_excluding_others_changes_nothing() -> None:
    pair = a_pair(
        {"excluded_therapists": frozenset({7})}, {}, {"excluded_therapists": frozenset({8})}
    )

    assert constraints.exclusion(pair) is MET


@pytest.mark.parametrize(
    ("code", "patient", "therapist"),
    [
        ("excluded", {"excluded_therapists": frozenset({1})}, {}),
        ("insurance", {}, {"kassensitz": False}),
        ("insurance", {}, {"kassensitz": None}),
        ("gender", {"therapist_gender_preference": "male"}, {}),
        ("gender", {"therapist_gender_preference": "male"}, {"geschlecht": None}),
        ("procedure", {"verfahren": "Systemische Therapie"}, {}),
        ("procedure", {"verfahren": "Systemische Therapie"}, {"verfahren": ()}),
        ("language", {"sprachen": ("Farsi",)}, {"sprachen": ("Englisch",)}),
        ("language", {"sprachen": ("Farsi",)}, {"sprachen": ()}),
        ("age_group", {}, {"altersgruppe": "kinder_jugendliche"}),
        ("age_group", {}, {"altersgruppe": None}),
        ("too_far", {}, {"place": north_of(KOELN, 24)}),
        ("place_too_vague", {}, {"place": north_of(KOELN, 15, "approximate")}),
        ("place_unknown", {"place": UnknownPlace("pending")}, {}),
    ],
)
def test_one_unmet_constraint_names_its_code_and_keeps_the_pair_apart(
    code: str, patient: dict[str, Any], therapist: dict[str, Any]
) -> None:
    pair = a_pair(patient, therapist)

    assert [verdict.code for verdict in unmet_constraints(pair)] == [code]
    assert not meets_all_constraints(pair)


def test_the_usual_pair_meets_everything() -> None:
    assert unmet_constraints(a_pair()) == ()
    assert meets_all_constraints(a_pair())


def test_all_obstacles_are_named_at_once() -> None:
    pair = a_pair(
        {"therapist_gender_preference": "male", "sprachen": ("Farsi",), "max_km": 5},
        {"kassensitz": None, "sprachen": ("Englisch",), "place": north_of(KOELN, 9)},
    )

    codes = {verdict.code for verdict in unmet_constraints(pair)}

    assert codes == {"insurance", "gender", "language", "too_far"}


def test_every_constraint_says_what_would_have_to_change() -> None:
    pair = a_pair(
        {
            "excluded_therapists": frozenset({1}),
            "therapist_gender_preference": "male",
            "verfahren": "Systemische Therapie",
            "sprachen": ("Farsi",),
            "max_km": 5,
        },
        {
            "kassensitz": False,
            "sprachen": ("Englisch",),
            "altersgruppe": "kinder_jugendliche",
            "place": north_of(KOELN, 9),
        },
    )

    verdicts = unmet_constraints(pair)

    assert len(verdicts) == len(HARD_CONSTRAINTS)
    assert all(isinstance(verdict, Violated) and verdict.would_need for verdict in verdicts)


@pytest.mark.parametrize(("left", "verdict"), [(1, Met), (0, Violated), (-1, Violated)])
def test_a_search_without_contacts_left_has_used_its_budget(
    left: int, verdict: type[Verdict]
) -> None:
    assert kind(contacts_left(a_search(remaining_contacts=left))) == verdict.__name__
