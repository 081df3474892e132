from datetime import UTC, date, datetime

import pytest

from communication_service.domain.age_bands import AgeBand
from communication_service.domain.letters import (
    GroupReadiness,
    InquiryLetter,
    LetterSizeError,
    PatientFacts,
    RoundedDistance,
    anonymised,
    inquiry_letter,
    rounded_distance,
)
from communication_service.domain.salutations import Addressee
from communication_service.domain.unknown import IMPLAUSIBLE, MISSING, Unknown

TODAY = date(2026, 12, 1)
NOTHING_KNOWN = PatientFacts(None, None, (), None, False, None, None)
THERAPIST = Addressee("Frau", "Dr.", "Müller")


def letter_of(*patients: PatientFacts, now: datetime) -> InquiryLetter:
    return inquiry_letter(4711, THERAPIST, patients, first_contact=False, now=now)


def test_patients_are_lettered_in_their_order() -> None:
    letter = letter_of(*[NOTHING_KNOWN] * 6, now=datetime(2026, 12, 1, tzinfo=UTC))
    assert "".join(patient.letter for patient in letter.patients) == "ABCDEF"


@pytest.mark.parametrize("number", [0, 7])
def test_a_letter_speaks_of_one_to_six_patients(number: int) -> None:
    with pytest.raises(LetterSizeError):
        letter_of(*[NOTHING_KNOWN] * number, now=datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("now", "band"),
    [
        (datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC), AgeBand(15, 17)),
        (datetime(2026, 11, 30, 23, 0, 0, tzinfo=UTC), AgeBand(18, 20)),
    ],
)
def test_a_birthday_begins_at_midnight_in_berlin(now: datetime, band: AgeBand) -> None:
    born = PatientFacts(date(2008, 12, 1), None, (), None, False, None, None)
    assert letter_of(born, now=now).patients[0].age == band


def test_a_patient_of_whom_nothing_is_known_has_only_a_letter() -> None:
    patient = anonymised("A", NOTHING_KNOWN, TODAY)
    attributes = (patient.age, patient.diagnosis, patient.times, patient.group)
    assert {*attributes, patient.insurance, patient.distance} == {MISSING}


@pytest.mark.parametrize(
    ("open_to_group", "only_group", "readiness"),
    [
        (True, False, GroupReadiness.ALSO_GROUP),
        (False, False, GroupReadiness.NO_GROUP),
        (None, False, MISSING),
        (None, True, GroupReadiness.ONLY_GROUP),
        (False, True, GroupReadiness.ONLY_GROUP),
    ],
)
def test_who_wants_only_a_group_is_open_to_it(
    open_to_group: bool | None, only_group: bool, readiness: GroupReadiness | Unknown
) -> None:
    patient = PatientFacts(None, None, (), open_to_group, only_group, None, None)
    assert anonymised("A", patient, TODAY).group == readiness


@pytest.mark.parametrize(
    ("km", "distance"),
    [
        (None, MISSING),
        (-1.0, IMPLAUSIBLE),
        (float("nan"), IMPLAUSIBLE),
        (float("inf"), IMPLAUSIBLE),
        (0.0, RoundedDistance(5, within=True)),
        (4.99, RoundedDistance(5, within=True)),
        (5.0, RoundedDistance(5, within=False)),
        (7.49, RoundedDistance(5, within=False)),
        (7.5, RoundedDistance(10, within=False)),
        (12.5, RoundedDistance(15, within=False)),
        (30.0, RoundedDistance(30, within=False)),
    ],
)
def test_a_distance_is_rounded_to_five_kilometres(
    km: float | None, distance: RoundedDistance | Unknown
) -> None:
    assert rounded_distance(km) == distance
