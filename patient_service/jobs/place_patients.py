"""Patients that were saved while nobody could say where they live."""

from datetime import datetime

from patient_service.gateways.places import PENDING
from patient_service.storage.queries import unplaced_patients
from patient_service.use_cases.patients import place_patient
from patient_service.wiring import Wiring
from shared.db import Database

_AT_ONCE = 100


def place_patients(database: Database, wiring: Wiring, now: datetime) -> int:
    """Returns how many found their place; asks outside any transaction."""
    with database.transaction() as session:
        waiting = [(p.id, p.plz) for p in unplaced_patients(session, _AT_ONCE)]
    placed = 0
    for patient_id, plz in waiting:
        place = wiring.places.locate(plz)
        if place == PENDING:
            break
        with database.transaction() as session:
            placed += place_patient(session, patient_id, plz or "", place, now)
    return placed
