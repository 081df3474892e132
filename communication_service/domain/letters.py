"""The anonymised inquiry: what a practice must know to decide, and nothing that names anybody.

A patient's sex is left out on purpose: matching has weighed it, the practice need not read it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from string import ascii_uppercase

from communication_service.domain.age_bands import AgeBand, age_band
from communication_service.domain.diagnosis_groups import DiagnosisGroup, diagnosis_group
from communication_service.domain.salutations import Addressee, Salutation, salutation
from communication_service.domain.unknown import IMPLAUSIBLE, MISSING, Unknown
from communication_service.domain.weekly_times import SharedHours, WeeklySlot, fold_week
from shared.contracts.berlin import berlin_day

MOST_PATIENTS = 6
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
class Links:
    """Where a practice may answer or opt out by itself; None: only by mail and phone.

    They hold a secret, never an id that somebody could guess.
    """

    answer: str | None = None
    opt_out: str | None = None


NO_LINKS = Links()


@dataclass(frozen=True)
class InquiryLetter:
    inquiry: int
    salutation: Salutation
    patients: tuple[LetterPatient, ...]
    first_contact: bool
    links: Links = NO_LINKS


@dataclass(frozen=True)
class ReminderLetter:
    """Speaks of those who still wait, by the letters that they had in the inquiry."""

    inquiry: int
    salutation: Salutation
    patients: tuple[LetterPatient, ...]
    asked_on: date | None
    links: Links = NO_LINKS


class LetterSizeError(ValueError):
    """A letter speaks of one to six patients."""


def inquiry_letter(
    inquiry: int,
    therapist: Addressee,
    patients: Sequence[PatientFacts],
    *,
    first_contact: bool,
    now: datetime,
    links: Links = NO_LINKS,
) -> InquiryLetter:
    """Patients keep their order; the first is A."""
    lettered = dict(zip(ascii_uppercase, patients, strict=False))
    people = anonymous(lettered, now)
    return InquiryLetter(inquiry, salutation(therapist), people, first_contact, links)


def reminder_letter(
    inquiry: int,
    therapist: Addressee,
    patients: Mapping[str, PatientFacts],
    *,
    sent_at: datetime | None,
    now: datetime,
    links: Links = NO_LINKS,
) -> ReminderLetter:
    asked_on = berlin_day(sent_at) if sent_at else None
    people = anonymous(patients, now)
    return ReminderLetter(inquiry, salutation(therapist), people, asked_on, links)


def letters_by_search(asked: Iterable[int], others: Iterable[int] = ()) -> dict[int, str]:
    """Whoever stood in the inquiry keeps their letter; others go on after the last one."""
    everybody = dict.fromkeys([*asked, *others])
    return dict(zip(everybody, ascii_uppercase, strict=False))


def anonymous(patients: Mapping[str, PatientFacts], now: datetime) -> tuple[LetterPatient, ...]:
    """Raises LetterSizeError."""
    if not 1 <= len(patients) <= MOST_PATIENTS:
        raise LetterSizeError(f"{len(patients)} patients")
    today = berlin_day(now)
    return tuple(anonymised(letter, facts, today) for letter, facts in patients.items())


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
