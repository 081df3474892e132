"""A tiny world: some people on one day, and what staff ask for."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from matching_service.domain.chances import Chances, SwitchedOff
from matching_service.domain.plans import WaveOrder
from matching_service.domain.snapshots import PatientSnapshot, SearchSnapshot, TherapistSnapshot
from shared.contracts.berlin import berlin_day
from tests.worlds.vocabulary import KOELN, MORNINGS, WEEK_BEHIND, born

Experience = Literal["priors", "learned", "switched_off"]
_MORNINGS = next(one for one, week in WEEK_BEHIND.items() if week == MORNINGS)


@dataclass(frozen=True, slots=True)
class World:
    """`experience`: what chances are taken from."""

    therapists: list[TherapistSnapshot]
    searches: list[SearchSnapshot]
    now: datetime
    order: WaveOrder = field(default_factory=WaveOrder)
    experience: Experience = "priors"

    @property
    def today(self) -> date:
        return berlin_day(self.now)

    @property
    def chances(self) -> Chances:
        if self.experience == "switched_off":
            return SwitchedOff()
        if self.experience == "learned":
            return Chances.learned_from(self.therapists, self.today)
        return Chances()


def usual_patient(patient_id: int, now: datetime, **differences: Any) -> PatientSnapshot:
    usual: dict[str, Any] = {
        "status": "auf der Suche",
        "place": KOELN,
        "max_km": 30,
        "travel_mode": "car",
        "geschlecht": "weiblich",
        "geburtsdatum": born(36, berlin_day(now)),
        "diagnose": "F32.1",
        "versicherungsart": "gesetzlich",
        "group_ok": False,
        "availability": _MORNINGS,
    }
    return PatientSnapshot(patient_id=patient_id, **{**usual, **differences})


def usual_search(
    search_id: int, now: datetime, patient: PatientSnapshot, **differences: Any
) -> SearchSnapshot:
    usual = {"waiting_since": now - timedelta(days=40), "remaining_contacts": 25}
    return SearchSnapshot(search_id=search_id, patient=patient, **{**usual, **differences})


def usual_therapist(therapist_id: int, **differences: Any) -> TherapistSnapshot:
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
        "working_hours": _MORNINGS,
    }
    return TherapistSnapshot(therapist_id=therapist_id, **{**usual, **differences})
