"""Is the therapist in a scraper's record one we know? Ambiguity is reported, never guessed away."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from shared.contracts.spelling import folded

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
        """Compare without regard to spelling: case, umlauts, spaces, dots and dashes in words.

        Empty is unknown.
        """
        texts = {name: str(fields.get(name) or "") for name in cls.__dataclass_fields__}
        return cls(**{name: _COMPARABLE.get(name, _word)(text) for name, text in texts.items()})

    @property
    def name_key(self) -> NameKey:
        return self.vorname, self.nachname, self.plz


def name_key_of(fields: Mapping[str, object]) -> NameKey:
    """The same without the rest."""
    return _word(str(fields["vorname"])), _word(str(fields["nachname"])), str(fields["plz"])


@dataclass(frozen=True)
class Known:
    """`former`: a second entry in the directory that staff have merged into this therapist."""

    therapist_id: int
    person: Person
    former: bool = False


@dataclass(frozen=True)
class Same:
    """`former`: only a merged entry of this therapist fits, not the therapist's own."""

    therapist_id: int
    former: bool = False


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


def _only(matches: list[Known]) -> Identity:
    ids = sorted({one.therapist_id for one in matches})
    if not ids:
        return Nobody()
    if len(ids) > 1:
        return Ambiguous(tuple(ids))
    return Same(ids[0], former=all(one.former for one in matches))


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


def _word(text: str) -> str:
    return _BETWEEN_WORDS.sub(" ", folded(text)).strip()


def _street(text: str) -> str:
    return _word(text).replace(" ", "").replace("strasse", "str")


def _address(text: str) -> str:
    return text.strip().casefold()


_BETWEEN_WORDS = re.compile(r"[\s.\-\u2010-\u2015]+")
_COMPARABLE: Mapping[str, Callable[[str], str]] = {
    "strasse": _street,
    "email": _address,
    "external_id": str.strip,
}
