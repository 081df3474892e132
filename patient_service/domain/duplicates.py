"""Who may be the same person as somebody else: a warning with reasons, never a refusal.

How alike two words are is measured elsewhere; what that means is decided here.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol
from unicodedata import combining, normalize

from shared.contracts.spelling import folded


class Because(StrEnum):
    SAME_EXTERNAL_ID = "same_external_id"
    SAME_BIRTH_DATE = "same_birth_date"
    BIRTH_DATE_UNKNOWN = "birth_date_unknown"
    SAME_NAME = "same_name"
    SIMILAR_NAME = "similar_name"
    PART_OF_NAME = "part_of_name"
    NAMES_SWAPPED = "names_swapped"
    SAME_PLZ = "same_plz"


@dataclass(frozen=True)
class Person:
    vorname: str
    nachname: str
    geburtsdatum: date | None = None
    plz: str | None = None
    source: str | None = None
    external_id: str | None = None


class Ear(Protocol):
    """Measures two words of folded letters."""

    def edits(self, one: str, other: str) -> int:
        """Letters to insert, delete, replace or swap until one is the other."""

    def sounds_alike(self, one: str, other: str) -> bool:
        """Whether a German speaker would hear the same word."""


def likely_same(one: Person, other: Person, ear: Ear) -> tuple[Because, ...]:
    """Why they are likely the same person; empty when they are not."""
    place = (Because.SAME_PLZ,) if one.plz and one.plz == other.plz else ()
    if one.external_id and (one.source, one.external_id) == (other.source, other.external_id):
        return Because.SAME_EXTERNAL_ID, *_same_date(one, other), *_names(one, other, ear), *place
    if one.geburtsdatum is None or other.geburtsdatum is None:
        names = _names(one, other, ear)
        is_sure = place and names and set(names) <= {Because.SAME_NAME, Because.NAMES_SWAPPED}
        return (Because.BIRTH_DATE_UNKNOWN, *names, *place) if is_sure else ()
    if one.geburtsdatum != other.geburtsdatum:
        return ()
    names = _names(one, other, ear)
    return (Because.SAME_BIRTH_DATE, *names, *place) if names else ()


def without_marks(name: str) -> str:
    """Folded, and José is Jose."""
    return "".join(c for c in normalize("NFKD", folded(name)) if not combining(c))


def _same_date(one: Person, other: Person) -> tuple[Because, ...]:
    same = one.geburtsdatum is not None and one.geburtsdatum == other.geburtsdatum
    return (Because.SAME_BIRTH_DATE,) if same else ()


def _names(one: Person, other: Person, ear: Ear) -> tuple[Because, ...]:
    straight = _both(
        _compared(one.vorname, other.vorname, ear), _compared(one.nachname, other.nachname, ear)
    )
    if straight:
        return straight
    swapped = _both(
        _compared(one.vorname, other.nachname, ear), _compared(one.nachname, other.vorname, ear)
    )
    return (Because.NAMES_SWAPPED, *swapped) if swapped else ()


def _both(vorname: Because | None, nachname: Because | None) -> tuple[Because, ...]:
    if vorname is None or nachname is None:
        return ()
    unlike = {vorname, nachname} - {Because.SAME_NAME}
    return tuple(sorted(unlike)) or (Because.SAME_NAME,)


def _compared(one: str, other: str, ear: Ear) -> Because | None:
    ours, theirs = _words(one), _words(other)
    if sorted(ours) == sorted(theirs) or "".join(ours) == "".join(theirs):
        return Because.SAME_NAME
    shorter, longer = sorted((ours, theirs), key=len)
    if not shorter or not _each_finds_its_like(shorter, longer, ear):
        return None
    return Because.SIMILAR_NAME if len(shorter) == len(longer) else Because.PART_OF_NAME


def _each_finds_its_like(shorter: list[str], longer: list[str], ear: Ear) -> bool:
    left = list(longer)
    for word in shorter:
        like = next((one for one in left if _alike(word, one, ear)), None)
        if like is None:
            return False
        left.remove(like)
    return True


def _alike(one: str, other: str, ear: Ear) -> bool:
    """One slip from four letters on, two from eight; or the same sound in like spelling."""
    edits, longest = ear.edits(one, other), max(len(one), len(other))
    return edits <= min(longest // 4, 2) or (2 * edits < longest and ear.sounds_alike(one, other))


def _words(name: str) -> list[str]:
    return re.findall(r"\w+", without_marks(name))
