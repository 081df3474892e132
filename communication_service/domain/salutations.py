"""Whom a letter addresses, decided from what a directory knows about a therapist."""

from dataclasses import dataclass
from enum import StrEnum

SPOKEN_TITLES = ("PD", "Prof.", "Dr.")


class SalutationForm(StrEnum):
    FRAU = "frau"
    HERR = "herr"
    NEUTRAL = "neutral"
    PRACTICE = "practice"


@dataclass(frozen=True)
class LetterTherapist:
    anrede: str | None
    titel: str | None
    nachname: str | None


@dataclass(frozen=True)
class Salutation:
    """`titles` are those one says aloud; `surname` is empty only for a practice."""

    form: SalutationForm
    titles: str
    surname: str


def salutation(therapist: LetterTherapist) -> Salutation:
    surname = " ".join((therapist.nachname or "").split())
    if not surname:
        return Salutation(SalutationForm.PRACTICE, "", "")
    return Salutation(_form(therapist.anrede), spoken_titles(therapist.titel), surname)


def spoken_titles(titel: str | None) -> str:
    """`Prof. Dr. med. Dipl.-Psych.` is written on the door, `Prof. Dr.` is said."""
    words = (titel or "").split()
    return " ".join(spoken for spoken in SPOKEN_TITLES if spoken in words)


def _form(anrede: str | None) -> SalutationForm:
    match (anrede or "").strip().lower():
        case "frau":
            return SalutationForm.FRAU
        case "herr" | "herrn":
            return SalutationForm.HERR
        case _:
            return SalutationForm.NEUTRAL
