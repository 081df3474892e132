"""The anonymised inquiry: what a practice must know to decide, and nothing that names anybody.

A patient's sex is left out on purpose: matching has weighed it, the practice need not read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from communication_service.domain.age_bands import AgeBand, age_band
from communication_service.domain.diagnosis_groups import DiagnosisGroup, diagnosis_group
from communication_service.domain.salutations import LetterTherapist, Salutation, salutation
from communication_service.domain.unknown import IMPLAUSIBLE, MISSING, Unknown
from communication_service.domain.weekly_times import SharedHours, WeeklySlot, fold_week

BERLIN = ZoneInfo("Europe/Berlin")
PATIENT_LETTERS = "ABCDEF"
DISTANCE_STEP_KM = 5


class GroupReadiness(StrEnum):
    ONLY_GROUP = "only_group"
    ALSO_GROUP = "also_group"
    NO_GROUP = "no_group"


class InsuranceKind(StrEnum):
    GESETZLICH = "gesetzlich"
    PRIVAT = "privat"
    SELBSTZAHLER = "selbstzahler"
    KOSTENERSTATTUNG = "kostenerstattung"


@dataclass(frozen=True)
class PatientFacts:
    """The few attributes of a patient that a letter is made from; None is not known."""

    born: date | None
    icd10: str | None
    weekly_slots: tuple[WeeklySlot, ...]
    open_to_group: bool | None
    only_group: bool
    insurance: InsuranceKind | None
    distance_km: float | None


@dataclass(frozen=True)
class RoundedDistance:
    """`km` is a multiple of five; `within` says less than that instead of about that."""

    km: int
    within: bool


@dataclass(frozen=True)
class LetterPatient:
    letter: str
    age: AgeBand | Unknown
    diagnosis: DiagnosisGroup | Unknown
    times: tuple[SharedHours, ...] | Unknown
    group: GroupReadiness | Unknown
    insurance: InsuranceKind | Unknown
    distance: RoundedDistance | Unknown


@dataclass(frozen=True)
class InquiryLetter:
    inquiry: int
    salutation: Salutation
    patients: tuple[LetterPatient, ...]
    first_contact: bool

    @property
    def reference(self) -> str:
        return f"PV-{self.inquiry}"


class LetterSizeError(ValueError):
    """A letter speaks of one to six patients."""


def inquiry_letter(
    inquiry: int,
    therapist: LetterTherapist,
    patients: Sequence[PatientFacts],
    *,
    first_contact: bool,
    now: datetime,
) -> InquiryLetter:
    """Patients keep their order; the first is A."""
    if not 1 <= len(patients) <= len(PATIENT_LETTERS):
        raise LetterSizeError(f"{len(patients)} patients")
    today = now.astimezone(BERLIN).date()
    lettered = zip(PATIENT_LETTERS, patients, strict=False)
    anonymous = tuple(anonymised(letter, patient, today) for letter, patient in lettered)
    return InquiryLetter(inquiry, salutation(therapist), anonymous, first_contact)


def anonymised(letter: str, patient: PatientFacts, today: date) -> LetterPatient:
    return LetterPatient(
        letter=letter,
        age=age_band(patient.born, today),
        diagnosis=diagnosis_group(patient.icd10),
        times=fold_week(patient.weekly_slots),
        group=_group_readiness(patient),
        insurance=patient.insurance or MISSING,
        distance=rounded_distance(patient.distance_km),
    )


def rounded_distance(km: float | None) -> RoundedDistance | Unknown:
    if km is None:
        return MISSING
    if not 0 <= km < float("inf"):
        return IMPLAUSIBLE
    if km < DISTANCE_STEP_KM:
        return RoundedDistance(DISTANCE_STEP_KM, within=True)
    return RoundedDistance(DISTANCE_STEP_KM * int(km / DISTANCE_STEP_KM + 0.5), within=False)


def _group_readiness(patient: PatientFacts) -> GroupReadiness | Unknown:
    if patient.only_group:
        return GroupReadiness.ONLY_GROUP
    if patient.open_to_group is None:
        return MISSING
    return GroupReadiness.ALSO_GROUP if patient.open_to_group else GroupReadiness.NO_GROUP
