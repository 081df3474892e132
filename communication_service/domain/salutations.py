"""Whom a letter addresses, decided from what is known about a person."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

SPOKEN_TITLES = ("PD", "Prof.", "Dr.")
LONGEST_NAME = 100
# They join or part letters, in Persian for one; all other invisible signs may turn a line around.
_JOINERS = "\u200c\u200d"


class SalutationForm(StrEnum):
    FRAU = "frau"
    HERR = "herr"
    NEUTRAL = "neutral"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Addressee:
    """A therapist or a patient, as their service knows them."""

    anrede: str | None
    titel: str | None
    nachname: str | None
    vorname: str | None = None
    geschlecht: str | None = None


@dataclass(frozen=True)
class Salutation:
    """`titles` are those one says aloud. Without a surname nobody is addressed by name."""

    form: SalutationForm
    titles: str
    first_name: str
    surname: str


def salutation(addressee: Addressee) -> Salutation:
    surname = one_line(addressee.nachname)
    if not surname:
        return Salutation(SalutationForm.NOBODY, "", "", "")
    titles, first_name = spoken_titles(addressee.titel), one_line(addressee.vorname)
    return Salutation(_form(addressee), titles, first_name, surname)


def spoken_titles(titel: str | None) -> str:
    """`Prof. Dr. med. Dipl.-Psych.` is written on the door, `Prof. Dr.` is said."""
    words = (titel or "").split()
    return " ".join(spoken for spoken in SPOKEN_TITLES if spoken in words)


def full_name(addressee: Addressee) -> str:
    """As one writes it: Frau Dr. Anna Müller; Dr. Kim Müller where no form of address is sure."""
    before = {SalutationForm.FRAU: "Frau", SalutationForm.HERR: "Herr"}.get(_form(addressee))
    known = salutation(addressee)
    words = (before, known.titles, known.first_name, known.surname)
    return " ".join(word for word in words if word) if known.surname else ""


def one_line(written: str | None) -> str:
    """A name as it may stand in a letter: on one line, visible, and not without end."""
    visible = (s for s in " ".join((written or "").split()) if s in _JOINERS or _is_visible(s))
    name = "".join(visible).strip()
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _is_visible(sign: str) -> bool:
    return not unicodedata.category(sign).startswith("C")


def _form(addressee: Addressee) -> SalutationForm:
    """Somebody divers is nobody's Frau or Herr; else the form of address counts, then the sex."""
    if addressee.geschlecht == "divers":
        return SalutationForm.NEUTRAL
    match (addressee.anrede or "").strip().lower(), addressee.geschlecht:
        case ("frau", _) | ("", "weiblich"):
            return SalutationForm.FRAU
        case ("herr" | "herrn", _) | ("", "männlich"):
            return SalutationForm.HERR
        case _:
            return SalutationForm.NEUTRAL
