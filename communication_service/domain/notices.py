"""Letters to a practice after it has answered, or when it need not answer any more; hints to staff.

Only a confirmation bears names, and only of those who have agreed to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from communication_service.domain.letters import (
    MOST_PATIENTS,
    LetterPatient,
    LetterSizeError,
    PatientFacts,
    anonymous,
)
from communication_service.domain.salutations import Addressee, Salutation, salutation
from shared.contracts.berlin import berlin_day


@dataclass(frozen=True)
class NamedPatient:
    """What a practice needs to invite somebody; an empty text is not known."""

    name: str
    phone: str
    email: str


@dataclass(frozen=True)
class ConfirmedPatient:
    """`named` is None while the patient has not agreed to it."""

    letter: str
    named: NamedPatient | None


@dataclass(frozen=True)
class ConfirmationLetter:
    inquiry: int
    salutation: Salutation
    patients: tuple[ConfirmedPatient, ...]


@dataclass(frozen=True)
class ConflictNotice:
    """`taken` are the letters of those who have a place elsewhere by now."""

    inquiry: int
    salutation: Salutation
    taken: tuple[str, ...]
    alternatives: tuple[LetterPatient, ...]


@dataclass(frozen=True)
class WithdrawalNotice:
    inquiry: int
    salutation: Salutation
    number: int


class StaffHint(StrEnum):
    CONSENT_MISSING = "consent_missing"
    CORRECTED_TOO_LATE = "corrected_too_late"


@dataclass(frozen=True)
class StaffNotice:
    """Names nobody: staff look the searches up where names are at home."""

    inquiry: int
    hint: StaffHint
    searches: tuple[tuple[str, int], ...]


def may_be_named(consented_on: date | None, now: datetime) -> bool:
    """Names leave the house only on or after the day of the consent."""
    return consented_on is not None and consented_on <= berlin_day(now)


def confirmation_letter(
    inquiry: int, therapist: Addressee, patients: Mapping[str, NamedPatient | None]
) -> ConfirmationLetter:
    check_size(len(patients))
    confirmed = tuple(ConfirmedPatient(letter, named) for letter, named in patients.items())
    return ConfirmationLetter(inquiry, salutation(therapist), confirmed)


def conflict_notice(
    inquiry: int,
    therapist: Addressee,
    taken: tuple[str, ...],
    alternatives: Mapping[str, PatientFacts],
    now: datetime,
) -> ConflictNotice:
    check_size(len(taken))
    offered = anonymous(alternatives, now) if alternatives else ()
    return ConflictNotice(inquiry, salutation(therapist), taken, offered)


def withdrawal_notice(inquiry: int, therapist: Addressee, number: int) -> WithdrawalNotice:
    check_size(number)
    return WithdrawalNotice(inquiry, salutation(therapist), number)


def check_size(number: int) -> None:
    """Raises LetterSizeError."""
    if not 1 <= number <= MOST_PATIENTS:
        raise LetterSizeError(f"{number} patients")
