from datetime import date
from typing import Any

import pytest

from matching_service.domain import preferences
from matching_service.domain.availability import NOT_GIVEN, UnknownSchedule
from matching_service.domain.preferences import judge_tiers
from matching_service.domain.verdicts import MET, Met, Unknown, Verdict, Violated
from tests.matching_service.unit.people import MORNINGS, a_pair, week


def kind(verdict: Verdict) -> str:
    return type(verdict).__name__


@pytest.mark.parametrize(
    ("free", "working", "verdict"),
    [
        (MORNINGS, MORNINGS, Met),
        (week(monday="08:00-09:00"), week(monday="08:10-12:00"), Met),
        (week(monday="08:00-09:00"), week(monday="08:11-12:00"), Violated),
        (MORNINGS, NOT_GIVEN, Unknown),
        (NOT_GIVEN, MORNINGS, Unknown),
        (MORNINGS, UnknownSchedule("malformed", "monday"), Unknown),
    ],
)
def test_availability_needs_one_common_session(
    free: Any, working: Any, verdict: type[Verdict]
) -> None:
    pair = a_pair({"availability": free}, {"working_hours": working})

    assert kind(preferences.availability(pair)) == verdict.__name__


@pytest.mark.parametrize(
    ("preferred", "diagnose", "verdict"),
    [
        (("F32",), "F32.1", Met),
        (("F40", "F32.1"), "F32.1", Met),
        ((), "F60.3", Met),
        ((), None, Met),
        (("F40",), "F32.1", Violated),
        (("F40",), None, Unknown),
        (("F40",), "Burnout", Unknown),
        (None, "F32.1", Unknown),
        (("Depression",), "F32.1", Unknown),
        (("Depression", "F32"), "F32.1", Met),
    ],
)
def test_a_diagnosis_must_fall_under_one_of_the_preferred(
    preferred: tuple[str, ...] | None, diagnose: str | None, verdict: type[Verdict]
) -> None:
    pair = a_pair({"diagnose": diagnose}, {"preferred_diagnoses": preferred})

    assert kind(preferences.diagnosis(pair)) == verdict.__name__


THIRTY = date(1996, 11, 23)


@pytest.mark.parametrize(
    ("lowest", "highest", "born", "verdict"),
    [
        (30, 30, THIRTY, Met),
        (31, None, THIRTY, Violated),
        (None, 29, THIRTY, Violated),
        (30, 0, THIRTY, Met),
        (0, 30, THIRTY, Met),
        (0, 0, None, Met),
        (None, None, None, Met),
        (18, None, None, Unknown),
        (30, None, date(1996, 11, 24), Violated),
    ],
)
def test_age_limits_are_inclusive_and_zero_means_none(
    lowest: int | None, highest: int | None, born: date | None, verdict: type[Verdict]
) -> None:
    pair = a_pair({"geburtsdatum": born}, {"age_min": lowest, "age_max": highest})

    assert kind(preferences.age(pair)) == verdict.__name__


@pytest.mark.parametrize(
    ("wish", "geschlecht", "verdict"),
    [
        ("any", None, Met),
        ("any", "divers", Met),
        ("female", "weiblich", Met),
        ("male", "männlich", Met),
        ("female", "männlich", Violated),
        ("male", "divers", Violated),
        ("female", "keine_Angabe", Unknown),
        ("female", None, Unknown),
        (None, "weiblich", Unknown),
    ],
)
def test_a_therapists_gender_preference_is_towards_patients(
    wish: str | None, geschlecht: str | None, verdict: type[Verdict]
) -> None:
    pair = a_pair({"geschlecht": geschlecht}, {"gender_preference": wish})

    assert kind(preferences.gender(pair)) == verdict.__name__


@pytest.mark.parametrize(
    ("offered", "group_ok", "only_group", "verdict"),
    [
        (True, True, False, Met),
        (True, False, True, Met),
        (True, None, True, Met),
        (True, False, False, Violated),
        (True, None, False, Unknown),
        (False, True, False, Met),
        (False, False, False, Met),
        (False, None, False, Met),
        (False, True, True, Violated),
        (None, True, False, Unknown),
        (None, False, True, Unknown),
    ],
)
def test_groups_need_patients_who_are_open_to_them(
    offered: bool | None, group_ok: bool | None, only_group: bool, verdict: type[Verdict]
) -> None:
    pair = a_pair(
        {"group_ok": group_ok, "only_group": only_group}, {"group_therapy_preference": offered}
    )

    assert kind(preferences.group(pair)) == verdict.__name__


@pytest.mark.parametrize(
    ("position", "code", "patient", "therapist"),
    [
        (0, "availability", {"availability": week(friday="08:00-09:00")}, {}),
        (1, "diagnosis", {"diagnose": "F60.3"}, {}),
        (2, "age", {}, {"age_max": 35}),
        (3, "gender_preference", {}, {"gender_preference": "male"}),
        (4, "group", {}, {"group_therapy_preference": True}),
    ],
)
def test_the_tiers_come_in_their_order_of_weight(
    position: int, code: str, patient: dict[str, Any], therapist: dict[str, Any]
) -> None:
    verdicts = judge_tiers(a_pair(patient, therapist))

    failed = verdicts[position]
    assert isinstance(failed, Violated)
    assert failed.code == code
    assert [verdict for verdict in verdicts if verdict is not failed] == [MET] * 4
