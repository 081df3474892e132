"""Who may be one therapist written down twice: names alike, and one thing more in common.

A warning for people, never a refusal: colleagues share a postcode, couples share a practice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.spelling import folded

_LETTERS_PER_SLIP, _MOST_SLIPS = 6, 2
FARTHEST = 0.4
"""Slips per letter of the longer name, beyond which no names are similar, whatever they sound like:
Philipp Meyer and Filip Maier may be one, Ina Lee and Anna Lau are two."""


class Because(StrEnum):
    SAME_NAME = "same_name"
    SIMILAR_NAME = "similar_name"
    SWAPPED_NAMES = "swapped_names"
    SAME_ADDRESS = "same_address"
    SAME_POSTCODE = "same_postcode"
    SAME_MAILBOX = "same_mailbox"


@dataclass(frozen=True)
class Clues:
    """What is compared of a therapist, written in one way; "" is unknown."""

    vorname: str
    nachname: str
    strasse: str
    plz: str
    email: str
    telefon: str

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> "Clues":
        """`email` and `telefon` come as they can be compared."""
        return cls(
            vorname=_words(fields.get("vorname")),
            nachname=_words(fields.get("nachname")),
            strasse=_street(_words(fields.get("strasse"))),
            **{name: str(fields.get(name) or "") for name in ("plz", "email", "telefon")},
        )

    @property
    def name(self) -> str:
        return f"{self.vorname} {self.nachname}"

    @property
    def swapped(self) -> str:
        return f"{self.nachname} {self.vorname}"


@dataclass(frozen=True)
class Likeness:
    """What comparing the names has found; `slips` are letters left out, added, wrong or swapped."""

    slips: int
    sound_alike: bool


def likely_because(one: Clues, other: Clues, names: Likeness) -> tuple[Because, ...]:
    """Empty: probably two people."""
    name, common = _name(one, other, names), _in_common(one, other)
    return (name, *common) if name and common else ()


def _name(one: Clues, other: Clues, names: Likeness) -> Because | None:
    if one.name == other.name:
        return Because.SAME_NAME
    if one.name == other.swapped:
        return Because.SWAPPED_NAMES
    shorter, longer = sorted((len(one.name), len(other.name)))
    misspelt = names.slips <= min(_MOST_SLIPS, shorter // _LETTERS_PER_SLIP)
    misheard = names.sound_alike and names.slips <= FARTHEST * longer
    return Because.SIMILAR_NAME if misspelt or misheard else None


def _in_common(one: Clues, other: Clues) -> list[Because]:
    found = []
    if one.plz and one.plz == other.plz:
        same_street = one.strasse and one.strasse == other.strasse
        found.append(Because.SAME_ADDRESS if same_street else Because.SAME_POSTCODE)
    if _shared(one.email, other.email) or _shared(one.telefon, other.telefon):
        found.append(Because.SAME_MAILBOX)
    return found


def _shared(one: str, other: str) -> bool:
    return bool(one) and one == other


def _words(value: object) -> str:
    text = folded("" if value is None else str(value))
    return " ".join(text.replace("-", " ").split())


def _street(name: str) -> str:
    """Hauptstraße 1, Hauptstr. 1 and Hauptstr.1 are one street."""
    return re.sub(r"[\s.]", "", name.replace("strasse", "str"))
