from datetime import date
from typing import Any

import pytest

from matching_service.domain.availability import NOT_GIVEN, UnknownSchedule, read_schedule
from matching_service.domain.prequalification import unmet_points
from matching_service.domain.snapshots import PatientSnapshot, UnknownPlace
from tests.matching_service.unit.people import TODAY, a_patient


def hours(count: float) -> Any:
    """Over five days, each from 08:00."""
    end = 8 * 60 + round(count * 12)
    slot = [{"start": "08:00", "end": f"{end // 60:02}:{end % 60:02}"}]
    return read_schedule(
        dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), slot)
    )


def codes(**differences: Any) -> list[str]:
    patient = a_patient(**{"availability": hours(20), **differences})
    return [point.code for point in unmet_points(patient, TODAY)]


@pytest.mark.parametrize(
    ("differences", "unmet"),
    [
        ({}, []),
        ({"vertraege_unterschrieben": False}, ["contracts_missing"]),
        ({"vertraege_unterschrieben": None}, ["contracts_missing"]),
        ({"diagnose": None}, ["diagnosis_missing"]),
        ({"diagnose": " "}, ["diagnosis_missing"]),
        ({"versicherungsart": None}, ["insurance_missing"]),
        ({"geburtsdatum": None}, ["birth_date_missing"]),
        ({"geschlecht": None}, ["gender_missing"]),
        ({"geschlecht": "keine_Angabe"}, []),
        ({"geschlecht": "divers"}, []),
        ({"availability": hours(19.75)}, ["availability_too_low"]),
        ({"availability": hours(10), "only_group": True}, []),
        ({"availability": hours(9.75), "only_group": True}, ["availability_too_low"]),
        ({"availability": NOT_GIVEN}, ["availability_too_low"]),
        ({"availability": UnknownSchedule("malformed", "monday")}, ["availability_too_low"]),
        ({"place": UnknownPlace("unknown")}, ["place_unresolvable"]),
        ({"place": UnknownPlace("pending")}, ["place_unresolvable"]),
    ],
)
def test_each_point_of_the_prequalification(differences: dict[str, Any], unmet: list[str]) -> None:
    assert codes(**differences) == unmet


@pytest.mark.parametrize(
    ("experienced", "ended", "qualified"),
    [
        (False, None, True),
        (True, date(2024, 11, 23), True),
        (True, date(2024, 11, 24), False),
        (True, None, False),
        (None, None, False),
        (None, date(2020, 1, 1), True),
        (False, date(2026, 1, 1), False),
    ],
)
def test_the_last_therapy_ended_two_years_ago_or_there_was_none(
    experienced: bool | None, ended: date | None, qualified: bool
) -> None:
    unmet = codes(psychotherapieerfahrung=experienced, letzte_therapie_ende=ended)

    assert unmet == ([] if qualified else ["last_therapy_too_recent"])


def test_all_unmet_points_are_named_at_once() -> None:
    nothing_known = PatientSnapshot(patient_id=1)

    assert [point.code for point in unmet_points(nothing_known, TODAY)] == [
        "contracts_missing",
        "diagnosis_missing",
        "insurance_missing",
        "birth_date_missing",
        "gender_missing",
        "availability_too_low",
        "last_therapy_too_recent",
        "place_unresolvable",
    ]


def test_too_few_hours_are_told_with_how_many_are_needed() -> None:
    (point,) = unmet_points(a_patient(availability=hours(12)), TODAY)

    assert point.detail == {"hours": 12.0, "needed": 20}
