"""Is the therapist in a scraper's record one we know? Ambiguity is reported, never guessed away."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

NameKey = tuple[str, str, str]


@dataclass(frozen=True)
class Person:
    external_id: str
    titel: str
    vorname: str
    nachname: str
    strasse: str
    plz: str
    ort: str
    email: str

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> "Person":
        """Compare without regard to case, spacing and Unicode composition; empty is unknown."""
        names = cls.__dataclass_fields__
        return cls(**{name: _comparable(fields.get(name)) for name in names})

    @property
    def name_key(self) -> NameKey:
        return self.vorname, self.nachname, self.plz


@dataclass(frozen=True)
class Known:
    therapist_id: int
    person: Person


@dataclass(frozen=True)
class Same:
    therapist_id: int
    renamed: bool = False


@dataclass(frozen=True)
class Nobody:
    pass


@dataclass(frozen=True)
class Ambiguous:
    therapist_ids: tuple[int, ...]


Identity = Same | Nobody | Ambiguous


def identify(
    person: Person, candidates: Iterable[Known], listed: Collection[NameKey] = frozenset()
) -> Identity:
    """Find the known therapist whom a listing speaks about.

    `listed` are the names in the same file: who is listed under the old name has not been renamed,
    but has a colleague of the same first name at the same address.
    """
    known = list(candidates)
    found = identify_by_name(person, known)
    if found != Nobody():
        return found
    return _only(
        [
            one
            for one in known
            if one.person.name_key not in listed and _renamed(person, one.person)
        ],
        renamed=True,
    )


def identify_by_name(person: Person, candidates: Iterable[Known]) -> Identity:
    """The stricter question for removals: a name that nobody bears any more removes nobody."""
    known = list(candidates)
    if person.external_id:
        bearers = [one for one in known if one.person.external_id == person.external_id]
        if bearers:
            return _only(bearers)
    return _only(
        [
            one
            for one in known
            if one.person.name_key == person.name_key and not _contradict(person, one.person)
        ]
    )


def _only(matches: list[Known], *, renamed: bool = False) -> Identity:
    if not matches:
        return Nobody()
    if len(matches) > 1:
        return Ambiguous(tuple(sorted(one.therapist_id for one in matches)))
    return Same(matches[0].therapist_id, renamed)


def _contradict(one: Person, other: Person) -> bool:
    """Two external ids are two people, whatever else they share."""
    both_given = bool(one.external_id and other.external_id)
    return both_given and one.external_id != other.external_id


def _renamed(person: Person, known: Person) -> bool:
    return (
        bool(person.strasse and person.ort)
        and _household(person) == _household(known)
        and (not person.email or not known.email or person.email == known.email)
        and not _contradict(person, known)
    )


def _household(person: Person) -> tuple[str, ...]:
    return person.vorname, person.plz, person.ort, person.strasse, person.titel


def _comparable(value: object) -> str:
    text = "" if value is None else str(value)
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
