"""Patients of a region, as bodies for POST /api/v2/patients."""

from datetime import date, timedelta
from random import Random
from typing import Any

from devstack.region.contacts import PhoneBook, email
from devstack.region.names import FIRST_NAMES, LAST_NAMES, NULL, STREETS
from devstack.region.patient_gaps import gaps
from devstack.region.places import LARGE_RECIPIENTS, postcodes, town_of
from devstack.region.region import Region
from devstack.region.schedules import availability

Body = dict[str, Any]


def patients(region: Region, today: date) -> list[Body]:
    """Bodies with an `external_id` each; the last ones each miss one point of pre-qualification.

    `today` decides only what "recently in therapy" means, and only by its year: the bodies of two
    runs in one year are the same.
    """
    rng = Random(f"{region.seed} patients {region.name}")  # noqa: S311 - sample data
    phones, places = PhoneBook(rng), postcodes(region.prefixes)
    bodies = [
        {"source": f"sample {region.name}", **_patient(rng, phones, places, number)}
        for number in range(region.patient_count)
    ]
    for body, gap in zip(reversed(bodies), gaps(today), strict=False):
        body |= gap.fields
    return bodies


# Dirt that has to be there in every region: the how-many-th patient has it.
_NULL_PATIENT = 5
_LARGE_RECIPIENT_PATIENT = 6

_DIAGNOSES = "F32.0 F32.1 F32.1 F33.1 F33.2 F40.1 F41.0 F41.1 F42.2 F43.1 F43.2 F45.4 F50.2 F60.3"
_INSURERS = ("Beispiel-Ersatzkasse", "Musterkasse Rheinland", "BKK Muster", "IKK Beispiel")
_INSURANCE = ("gesetzlich",) * 17 + ("privat", "kostenerstattung", "selbstzahler")
_PROCEDURES = ("Egal",) * 12 + (
    "Verhaltenstherapie",
    "Verhaltenstherapie",
    "Tiefenpsychologisch fundierte Psychotherapie",
    "Systemische Therapie",
)
_GENDERS = {"Frau": "weiblich", "Herr": "männlich"}
_CHILDREN_EVERY = 15


def _patient(rng: Random, phones: PhoneBook, places: list[str], number: int) -> Body:
    return {
        "external_id": f"P-{number:05}",
        **_person(rng, phones, number),
        **_address(rng, places, number),
        **_insurance(rng, number),
        **_illness(rng),
        **_wishes(rng),
        "vertraege_unterschrieben": True,
        "psychotherapeutische_sprechstunde": True,
        "einwilligung_datenweitergabe_am": "2026-10-01",
    }


def _person(rng: Random, phones: PhoneBook, number: int) -> Body:
    anrede = rng.choice(("Frau", "Frau", "Herr"))
    first = rng.choice(FIRST_NAMES[anrede])
    last = NULL if number == _NULL_PATIENT else rng.choice(LAST_NAMES)
    return {
        "anrede": anrede,
        "vorname": first,
        "nachname": last,
        "geschlecht": "divers" if rng.random() < 0.03 else _GENDERS[anrede],
        "geburtsdatum": _birth_date(rng, number).isoformat(),
        "email": None if rng.random() < 0.08 else email(rng, first + last, number),
        "telefon": phones.mobile(),
        "hausarzt": rng.choice(("", f"Dr. {rng.choice(LAST_NAMES)}")),
    }


def _birth_date(rng: Random, number: int) -> date:
    youngest = number % _CHILDREN_EVERY == _CHILDREN_EVERY - 1
    first, last = (
        (date(2011, 1, 1), date(2015, 1, 1)) if youngest else (date(1950, 1, 1), date(2004, 1, 1))
    )
    return first + timedelta(days=rng.randrange((last - first).days))


def _address(rng: Random, places: list[str], number: int) -> Body:
    plz = LARGE_RECIPIENTS[0] if number == _LARGE_RECIPIENT_PATIENT else rng.choice(places)
    return {
        "strasse": f"{rng.choice(STREETS)} {rng.randint(1, 160)}",
        "plz": plz,
        "ort": town_of(plz),
    }


def _insurance(rng: Random, number: int) -> Body:
    kind = rng.choice(_INSURANCE)
    return {
        "versicherungsart": kind,
        "krankenkasse": None if kind == "selbstzahler" else rng.choice(_INSURERS),
        "krankenversicherungsnummer": f"X{number:09}",
    }


def _illness(rng: Random) -> Body:
    experienced = rng.random() < 0.3
    return {
        "diagnose": rng.choice(_DIAGNOSES.split()),
        "psychotherapieerfahrung": experienced,
        "letzte_therapie_ende": f"{rng.randint(2010, 2021)}-06-30" if experienced else None,
    }


def _wishes(rng: Random) -> Body:
    by_train = rng.random() < 0.35
    return {
        "availability_schedule": availability(rng),
        "travel_mode": "transit" if by_train else "car",
        "max_travel_distance_km": rng.choice((None, 15, 20, 25, 30, 30, 40, 50)),
        "therapist_gender_preference": rng.choice(("any",) * 7 + ("female", "female", "male")),
        "bevorzugtes_therapieverfahren": rng.choice(_PROCEDURES),
        "bevorzugte_sprachen": rng.choice(([],) * 14 + (["Türkisch"], ["Englisch"], ["Polnisch"])),
        "group_therapy_preference": rng.random() < 0.3,
        "nur_gruppentherapie": False,
        "offen_fuer_diga": rng.random() < 0.4,
    }
