"""One patient for every point of pre-qualification that can be unmet."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from devstack.region.places import UNKNOWN_POSTCODE


@dataclass(frozen=True)
class Gap:
    """`unmet` is the code that opening a search answers with when a patient has `fields`."""

    unmet: str
    fields: dict[str, Any]


def gaps(today: date) -> list[Gap]:
    start_of_year = date(today.year, 1, 1)
    return [
        Gap("contracts_missing", {"vertraege_unterschrieben": False}),
        Gap("diagnosis_missing", {"diagnose": None}),
        Gap("insurance_missing", {"versicherungsart": None, "krankenkasse": None}),
        Gap("birth_date_missing", {"geburtsdatum": None}),
        Gap("gender_missing", {"geschlecht": None}),
        Gap("availability_too_low", {"availability_schedule": {"Mo": ["08:00-12:00"]}}),
        Gap(
            "availability_too_low",
            {
                "nur_gruppentherapie": True,
                "group_therapy_preference": True,
                "availability_schedule": {"dienstag": ["09:00-18:00"]},
            },
        ),
        Gap(
            "last_therapy_too_recent",
            {"psychotherapieerfahrung": True, "letzte_therapie_ende": start_of_year.isoformat()},
        ),
        Gap("place_unresolvable", {"plz": UNKNOWN_POSTCODE, "ort": "unbekannt"}),
    ]
