"""Staff are warned of people who are likely there already; nobody is refused for it."""

from collections.abc import Mapping
from dataclasses import dataclass

import cologne_phonetics
from rapidfuzz.distance import OSA
from sqlalchemy.orm import Session

from patient_service.domain.duplicates import Because, Person, likely_same
from patient_service.storage.likely_duplicates import candidates, known_person
from patient_service.use_cases.patients import PatientNotFound


@dataclass(frozen=True)
class LikelyDuplicate:
    patient_id: int
    because: tuple[Because, ...]


class GermanEar:
    """Kölner Phonetik for the sound, optimal string alignment for slips of the pen."""

    def edits(self, one: str, other: str) -> int:
        return OSA.distance(one, other)

    def sounds_alike(self, one: str, other: str) -> bool:
        """Never for words of other scripts, of which the Phonetik hears nothing."""
        sound = cologne_phonetics.encode(one)[0][1]
        return bool(sound) and sound == cologne_phonetics.encode(other)[0][1]


def likely_duplicates(session: Session, person: Person) -> list[LikelyDuplicate]:
    """Whom somebody about to be entered is likely to be."""
    return _likely(person, candidates(session, person))


def likely_duplicates_of(session: Session, patient_id: int) -> list[LikelyDuplicate]:
    """Raises PatientNotFound."""
    person = known_person(session, patient_id)
    if person is None:
        raise PatientNotFound(patient_id)
    others = candidates(session, person)
    return _likely(person, {one: others[one] for one in others if one != patient_id})


def _likely(person: Person, others: Mapping[int, Person]) -> list[LikelyDuplicate]:
    ear = GermanEar()
    found = ((one, likely_same(person, other, ear)) for one, other in others.items())
    return [LikelyDuplicate(one, because) for one, because in found if because]
