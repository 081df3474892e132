"""What a patient record cannot say, because nobody's life goes like that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from unicodedata import category

LONGEST_LIFE_YEARS = 120
_NAMES = ("vorname", "nachname")
_BIRTH = "geburtsdatum"
_HAS_HAPPENED = (_BIRTH, "beschwerden_seit", "letzter_kontakt", "einwilligung_datenweitergabe_am")
_IN_A_LIFE = (
    "beschwerden_seit",
    "letzte_therapie_ende",
    "startdatum",
    "erster_therapieplatz_am",
    "funktionierender_therapieplatz_am",
    "letzter_kontakt",
    "einwilligung_datenweitergabe_am",
)


@dataclass(frozen=True)
class Fault:
    """`code`: blank, in_the_future, too_long_ago, before_birth or alias_conflict.

    `other` is the second field of a contradiction.
    """

    field: str
    code: str
    other: str | None = None


class Implausible(Exception):
    """Everything that is wrong with a request, at once."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(", ".join(f"{fault.field}: {fault.code}" for fault in faults))
        self.faults = faults


def implausible(said: Mapping[str, Any], before: Mapping[str, Any], today: date) -> list[Fault]:
    """Of what is said anew: whoever sends back what is stored is not held to account for it."""
    new = {name: value for name, value in said.items() if value != before.get(name)}
    known = {**before, **new}
    return [*_about_names(new), *_about_today(new, today), *_about_birth(new, known)]


def _about_names(new: Mapping[str, Any]) -> Iterator[Fault]:
    for name in _NAMES:
        if name in new and not any(_is_visible(character) for character in new[name]):
            yield Fault(name, "blank")


def _is_visible(character: str) -> bool:
    """Neither space nor control or formatting character."""
    return category(character)[0] not in "ZC"


def _about_today(new: Mapping[str, Any], today: date) -> Iterator[Fault]:
    for name in _HAS_HAPPENED:
        if (day := new.get(name)) is not None and day > today:
            yield Fault(name, "in_the_future")
    born = new.get(_BIRTH)
    if born is not None and (today.year - LONGEST_LIFE_YEARS, today.month, today.day) > (
        born.year,
        born.month,
        born.day,
    ):
        yield Fault(_BIRTH, "too_long_ago")


def _about_birth(new: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Fault]:
    born = known.get(_BIRTH)
    for name in _IN_A_LIFE:
        day = known.get(name)
        is_told = name in new or _BIRTH in new
        if is_told and day is not None and born is not None and day < born:
            yield Fault(name, "before_birth", _BIRTH)
