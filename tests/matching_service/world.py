"""A small world for matching: therapists and patients as its read models know them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from matching_service.storage.snapshot_store import keep_patients, keep_therapists, mailbox_ids
from matching_service.storage.tables import Platzsuche
from matching_service.use_cases.searches import create_patient_search
from shared.db import Database

ALWAYS = {
    day: [{"start": "08:00", "end": "18:00"}]
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
}
AACHEN: dict[str, Any] = {
    "latitude": 50.7753,
    "longitude": 6.0839,
    "place_status": "exact",
    "plz": "52062",
}
HAMBURG: dict[str, Any] = {
    "latitude": 53.5503,
    "longitude": 10.0006,
    "place_status": "exact",
    "plz": "20095",
}


def therapist(therapist_id: int, mailbox_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "therapist_id": therapist_id,
        "version": 1,
        "deleted": False,
        "mailbox_id": mailbox_id,
        "mailbox_key": f"mailbox-{therapist_id}",
        "status": "aktiv",
        **AACHEN,
        "kassensitz": True,
        "geschlecht": "weiblich",
        "verfahren": ["Verhaltenstherapie"],
        "altersgruppe": "erwachsene",
        "sprachen": [],
        "has_email": True,
        "has_phone": True,
        "kontakt_wieder_ab": None,
        "opted_out": False,
        "potentially_available": False,
        "free_from": None,
        "preferred_diagnoses": [],
        "age_min": None,
        "age_max": None,
        "gender_preference": "any",
        "group_therapy_preference": None,
        "working_hours": ALWAYS,
        **changes,
    }


def patient(patient_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "patient_id": patient_id,
        "version": 1,
        "deleted": False,
        "status": "offen",
        **AACHEN,
        "max_km": 30,
        "travel_mode": "car",
        "geschlecht": "männlich",
        "geburtsdatum": date(1985, 5, 5),
        "diagnose": "F32.1",
        "versicherungsart": "gesetzlich",
        "sprachen": [],
        "verfahren": "Egal",
        "therapist_gender_preference": "any",
        "group_ok": False,
        "only_group": False,
        "availability": ALWAYS,
        "excluded_therapists": [],
        "vertraege_unterschrieben": True,
        "psychotherapieerfahrung": False,
        "letzte_therapie_ende": None,
        **changes,
    }


@dataclass
class World:
    """Everybody lives in Aachen and fits everybody, unless a test says otherwise."""

    database: Database
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def add_therapist(
        self, therapist_id: int, *, mailbox: str | None = None, **changes: Any
    ) -> int:
        key = mailbox or f"mailbox-{therapist_id}"
        with self.database.transaction() as session:
            mailbox_id = mailbox_ids(session, [key])[key]
            record = therapist(therapist_id, mailbox_id, mailbox_key=key, **changes)
            keep_therapists(session, [record])
        return mailbox_id

    def add_patient(self, patient_id: int, **changes: Any) -> None:
        with self.database.transaction() as session:
            keep_patients(session, [patient(patient_id, **changes)])

    def add_search(self, patient_id: int, *, budget: int = 25, **changes: Any) -> int:
        """A patient with a search; returns the search's id."""
        self.add_patient(patient_id, **changes)
        with self.database.transaction() as session:
            return create_patient_search(
                session,
                patient_id,
                requested_contacts=budget,
                notes=None,
                override_reason=None,
                actor="staff1",
                now=self.now,
            ).id

    def search(self, search_id: int) -> Platzsuche:
        with self.database.transaction() as session:
            return session.get_one(Platzsuche, search_id)
