"""Therapists of a region, written down as the scraper does."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from devstack.region.contacts import PhoneBook, email
from devstack.region.names import FIRST_NAMES, LAST_NAMES, NULL, STREETS
from devstack.region.places import LARGE_RECIPIENTS, UNKNOWN_POSTCODE, postcodes, town_of
from devstack.region.region import Region
from devstack.region.schedules import phone_hours

Record = dict[str, Any]


def therapists(region: Region) -> list[Record]:
    """Exactly `therapist_count` records; nobody bears another's name at the same postcode."""
    staff = _staff(region)
    return [next(staff) for _ in range(region.therapist_count)]


# Dirt that has to be there in every region: the how-many-th practice has it.
_NULL_PRACTICES = {7, 70}
_ODD_POSTCODES = {11: UNKNOWN_POSTCODE, 12: UNKNOWN_POSTCODE} | dict(
    enumerate(LARGE_RECIPIENTS, start=13)
)
_UNREACHABLE_PRACTICES = {17, 71}

_METHODS = ("Verhaltenstherapie",) * 11 + (
    "Tiefenpsychologisch fundierte Psychotherapie",
    "tiefenpsychologisch fundierte Psychotherapie",
    "Tiefenpsychologisch fundierte Therapie",
    "Tiefenpsychologisch fundierte Psychotherapie",
    "Analytische Psychotherapie",
    "Psychoanalyse",
    "Systemische Therapie",
    "Systemische Psychotherapie",
    "VT",
)
_AUDIENCES: tuple[tuple[str, ...], ...] = (
    *((" Erwachsene",),) * 14,
    *((" Erwachsene", " (Kinder und Jugendliche)"),) * 3,
    *((" Kinder und Jugendliche",),) * 2,
    ("",),
)
_NOT_IN_ANY_TABLE = ("Gestalttherapie", "EMDR", "Klientenzentrierte Gesprächstherapie")
_LANGUAGES = (
    *("Englisch",) * 3,
    *("Türkisch",) * 2,
    *("Arabisch", "Farsi", "Französisch", "Italienisch", "Polnisch"),
    *("Russisch", "Spanisch", "Ukrainisch"),
)
_TITLES = ("", "", "", "Dr. phil.", "Dr. med.", "Dipl.-Psych.", "Prof. Dr.")


@dataclass(frozen=True)
class _Practice:
    number: int
    location: dict[str, str]
    phone: str
    shared_email: str | None
    reachable_by_email: bool


def _staff(region: Region) -> Iterator[Record]:
    rng = Random(f"{region.seed} therapists {region.name}")  # noqa: S311 - sample data
    phones, places = PhoneBook(rng), postcodes(region.prefixes)
    taken: set[tuple[str, ...]] = set()
    number = 0
    while True:
        number += 1
        practice = _practice(rng, phones, number, _ODD_POSTCODES.get(number) or rng.choice(places))
        for member in range(_size(rng)):
            yield _therapist(rng, practice, member, taken)


def _size(rng: Random) -> int:
    return rng.choice((1, 1, 1, 1, 1, 1, 1, 2, 3, 4))


def _practice(rng: Random, phones: PhoneBook, number: int, plz: str) -> _Practice:
    reachable_by_email = number not in _UNREACHABLE_PRACTICES and rng.random() > 0.05
    phone = phones.landline(plz) if reachable_by_email else phones.own_landline(plz)
    return _Practice(
        number=number,
        location={
            "street": rng.choice(STREETS),
            "house_number": f"{rng.randint(1, 160)}{rng.choice(('', '', '', 'a', 'b'))}",
            "postal_code": plz,
            "city": "" if plz == UNKNOWN_POSTCODE else town_of(plz),
        },
        phone="" if number in _UNREACHABLE_PRACTICES else phone,
        shared_email=email(rng, "praxis", number) if rng.random() < 0.6 else None,
        reachable_by_email=reachable_by_email,
    )


def _therapist(
    rng: Random, practice: _Practice, member: int, taken: set[tuple[str, ...]]
) -> Record:
    person = _person(rng, practice, taken)
    return {
        "basic_info": person,
        "location": dict(practice.location),
        "contact": {
            "phone": practice.phone,
            "email": _email(rng, practice, member, person["last_name"]),
            "fax": "",
        },
        "telephone_hours": phone_hours(rng),
        "languages": sorted({rng.choice(_LANGUAGES) for _ in range(rng.choice((0, 0, 1, 1, 3)))}),
        "therapy_methods": _methods(rng),
    }


def _person(rng: Random, practice: _Practice, taken: set[tuple[str, ...]]) -> dict[str, str]:
    """Neither the name at the postcode nor the first name at the address occurs twice.

    Otherwise the importer could rightly take two people for one.
    """
    plz, street = practice.location["postal_code"], practice.location["street"]
    while True:
        salutation = rng.choice(("Frau", "Frau", "Herr"))
        first = rng.choice(FIRST_NAMES[salutation])
        last = NULL if practice.number in _NULL_PRACTICES else rng.choice(LAST_NAMES)
        keys = {(first, last, plz), (first, street, plz)}
        if not keys & taken:
            taken |= keys
            names = {"first_name": first, "last_name": last}
            return {"salutation": salutation, "title": rng.choice(_TITLES), **names}


def _email(rng: Random, practice: _Practice, member: int, last_name: str) -> str:
    if not practice.reachable_by_email:
        return ""
    return practice.shared_email or email(rng, last_name, practice.number * 10 + member)


def _methods(rng: Random) -> list[str]:
    audiences = rng.choice(_AUDIENCES)
    method = rng.choice(_METHODS)
    methods = [method + audience for audience in audiences]
    return [*methods, rng.choice(_NOT_IN_ANY_TABLE)] if rng.random() < 0.03 else methods
