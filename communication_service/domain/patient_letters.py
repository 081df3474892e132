"""Letters to patients: their search has begun, a practice has said yes, the search has ended."""

from dataclasses import dataclass
from enum import StrEnum

from communication_service.domain.salutations import Salutation


class SearchEnd(StrEnum):
    THERAPY_STARTED = "therapy_started"
    FOUND_PLACE_ELSEWHERE = "found_place_elsewhere"
    UNREACHABLE = "unreachable"
    NOT_ELIGIBLE = "not_eligible"
    MOVED = "moved"
    WITHDREW = "withdrew"
    OTHER = "other"


WITHOUT_LETTER = frozenset({"died", "patient_deleted"})


@dataclass(frozen=True)
class PracticeContact:
    """How a patient reaches the practice that has a place; an empty text is not known."""

    name: str
    street: str
    town: str
    phone: str
    email: str


@dataclass(frozen=True)
class SearchStartedLetter:
    search: int
    salutation: Salutation


@dataclass(frozen=True)
class TherapistAcceptedLetter:
    search: int
    salutation: Salutation
    practice: PracticeContact


@dataclass(frozen=True)
class SearchEndedLetter:
    search: int
    salutation: Salutation
    end: SearchEnd


PatientLetter = SearchStartedLetter | TherapistAcceptedLetter | SearchEndedLetter


def search_end(reason: str | None) -> SearchEnd | None:
    """None: nobody is left to write to. A reason that is new to us says no more than `other`."""
    if reason in WITHOUT_LETTER:
        return None
    known = {end.value: end for end in SearchEnd}
    return known.get(reason or "", SearchEnd.OTHER)
