"""A pair that meets every rule; a test says only what makes its people different."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from matching_service.domain.availability import Availability, read_schedule
from matching_service.domain.snapshots import (
    Pair,
    PatientSnapshot,
    Place,
    Precision,
    SearchSnapshot,
    TherapistSnapshot,
    pair_of,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
KOELN = Place(50.9375, 6.9603, "exact")
MORNINGS = read_schedule(
    {
        day: [{"start": "08:00", "end": "13:00"}]
        for day in ("monday", "tuesday", "wednesday", "thursday")
    }
)


def week(**days: str) -> Availability:
    """`week(monday="09:00-12:00")`"""
    return read_schedule(
        {
            day: [dict(zip(("start", "end"), times.split("-"), strict=True))]
            for day, times in days.items()
        }
    )


def a_patient(patient_id: int = 1, **differences: Any) -> PatientSnapshot:
    usual: dict[str, Any] = {
        "status": "auf der Suche",
        "place": KOELN,
        "plz": "50667",
        "max_km": 30,
        "travel_mode": "car",
        "geschlecht": "weiblich",
        "geburtsdatum": date(1990, 5, 17),
        "diagnose": "F32.1",
        "versicherungsart": "gesetzlich",
        "group_ok": False,
        "availability": MORNINGS,
        "vertraege_unterschrieben": True,
        "psychotherapieerfahrung": False,
    }
    return PatientSnapshot(patient_id=patient_id, **{**usual, **differences})


def a_search(
    search_id: int = 1,
    *,
    waiting_days: float = 10,
    patient: PatientSnapshot | None = None,
    **more: Any,
) -> SearchSnapshot:
    return SearchSnapshot(
        search_id=search_id,
        patient=patient or a_patient(1000 + search_id),
        waiting_since=NOW - timedelta(days=waiting_days),
        **{"remaining_contacts": 25, **more},
    )


def a_therapist(therapist_id: int = 1, **differences: Any) -> TherapistSnapshot:
    usual: dict[str, Any] = {
        "mailbox_id": therapist_id,
        "status": "aktiv",
        "place": KOELN,
        "plz": "50667",
        "kassensitz": True,
        "geschlecht": "weiblich",
        "verfahren": ("Verhaltenstherapie",),
        "altersgruppe": "erwachsene",
        "has_email": True,
        "has_phone": True,
        "preferred_diagnoses": ("F32",),
        "age_min": 18,
        "age_max": 65,
        "gender_preference": "any",
        "group_therapy_preference": False,
        "working_hours": MORNINGS,
    }
    return TherapistSnapshot(therapist_id=therapist_id, **{**usual, **differences})


def a_pair(
    patient: dict[str, Any] | None = None,
    therapist: dict[str, Any] | None = None,
    search: dict[str, Any] | None = None,
    today: date = TODAY,
) -> Pair:
    asked = a_search(patient=a_patient(**patient or {}), **search or {})
    return pair_of(asked, a_therapist(**therapist or {}), today)


def north_of(place: Place, km: float, precision: Precision = "exact") -> Place:
    """Along the meridian a great circle is exactly the difference in latitude."""
    degrees = km / 111.195080  # of a sphere with radius 6371.0088 km
    return Place(place.latitude + degrees, place.longitude, precision)
