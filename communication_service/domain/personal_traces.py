"""Whether a text gives away who a patient is: a mail that nobody has asked for must not.

Only what the house knows of the patient can be found, as it is usually written.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_MONTHS = (
    *("januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september"),
    *("oktober", "november", "dezember"),
)
_SHORTEST_PHONE = 6


class Trace(StrEnum):
    NAME = "name"
    BIRTH_DATE = "birth_date"
    INSURANCE_NUMBER = "insurance_number"
    EMAIL = "email"
    PHONE = "phone"
    STREET = "street"


@dataclass(frozen=True)
class PersonalData:
    """What gives a patient away; empty where nobody knows."""

    vorname: str = ""
    nachname: str = ""
    geburtsdatum: date | None = None
    krankenversicherungsnummer: str = ""
    email: str = ""
    telefon: str = ""
    strasse: str = ""


def traces_in(words: str, patient: PersonalData, reader: str) -> tuple[Trace, ...]:
    """`reader` is who is written to and may be addressed by name."""
    read = _plain(words)
    found = {
        Trace.NAME: _names(read, patient, _plain(reader)),
        Trace.BIRTH_DATE: _dates(read, patient.geburtsdatum),
        Trace.INSURANCE_NUMBER: _holds(_bare(read), _bare(patient.krankenversicherungsnummer)),
        Trace.EMAIL: _holds(read.lower(), _plain(patient.email).lower()),
        Trace.PHONE: _phones(read, patient.telefon),
        Trace.STREET: _streets(read, _plain(patient.strasse)),
    }
    return tuple(trace for trace, is_there in found.items() if is_there)


def _names(words: str, patient: PersonalData, reader: str) -> bool:
    """A surname alone gives away, as it is written or in capitals. Where the reader is called the
    same, only together with the first name."""
    first, last = _plain(patient.vorname), _plain(patient.nachname)
    if not last:
        return False
    if _stands_in(reader, last):
        both = rf"{re.escape(first)}\W+{re.escape(last)}|{re.escape(last)}\W+{re.escape(first)}"
        return bool(first) and re.search(rf"\b({both})\b", words, re.IGNORECASE) is not None
    return _stands_in(words, last) or _stands_in(words, last.upper())


def _stands_in(words: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words) is not None


def _dates(words: str, day: date | None) -> bool:
    return day is not None and any(
        re.search(rf"(?<!\d){written}(?!\d)", words, re.IGNORECASE) for written in _spellings(day)
    )


def _spellings(day: date) -> Iterator[str]:
    year = f"({day.year}|{day.year % 100:02})"
    yield f"0?{day.day}[./-] ?0?{day.month}[./-] ?{year}"
    yield f"0?{day.day}[.] ?{_MONTHS[day.month - 1]} {year}"
    yield day.isoformat()


def _phones(words: str, phone: str) -> bool:
    """By its last digits, however the number begins and is parted."""
    digits = re.sub(r"\D", "", phone)[-2 - _SHORTEST_PHONE :]
    joined = re.sub(r"(?<=\d)[ ()/.-]+(?=[\d(])", "", words)
    return len(digits) >= _SHORTEST_PHONE and digits in joined


def _streets(words: str, street: str) -> bool:
    """With a number: a street alone may be the practice's own."""
    return bool(re.search(r"\d", street)) and street.lower() in words.lower()


def _holds(words: str, value: str) -> bool:
    return bool(value) and value in words


def _bare(words: str) -> str:
    return re.sub(r"\W", "", words).lower()


def _plain(words: str) -> str:
    """One way to write an umlaut, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", words).split())
