"""The neighbours of matching, played: who is a patient, who a therapist, over a real socket."""

import json
import threading
from collections.abc import Iterable, Sequence
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from tests.matching_service.world import ALWAYS

Person = dict[str, Any]
TOWNS = 16
"""Too far from each other for anybody to be asked for a patient of another one."""
_FIRST_PLZ = 10_000
_NORTH, _EAST, _STEP = 47.0, 7.0, 0.6  # a good 60 km from one to the next


class Register:
    """Answers `batch-get` of both services. In a town everybody fits everybody; a patient is
    whoever is asked for, until deleted, and lives in the town that his id says."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._therapists: dict[int, Person] = {}
        self._gone: set[int] = set()

    def add_therapist(self, town: int, mailbox_key: str) -> int:
        with self._lock:
            therapist_id = len(self._therapists) + 1
            self._therapists[therapist_id] = _therapist(therapist_id, town, mailbox_key)
            return therapist_id

    def change_therapist(self, therapist_id: int, **changes: Any) -> Person:
        """As the therapist is now."""
        with self._lock:
            before = self._therapists[therapist_id]
            self._therapists[therapist_id] = {
                **before,
                **changes,
                "version": before["version"] + 1,
            }
            return self._therapists[therapist_id]

    def delete_patient(self, patient_id: int) -> None:
        with self._lock:
            self._gone.add(patient_id)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start)

    def _answer(self, request: Request) -> Response:
        ids = json.loads(request.get_data())["ids"]
        found = self._patients(ids) if "/patients/" in request.path else self._found(ids)
        missing = sorted(set(ids) - {one["id"] for one in found})
        body = json.dumps({"data": found, "missing": missing})
        return Response(body, mimetype="application/json")

    def _patients(self, ids: Sequence[int]) -> list[Person]:
        with self._lock:
            return [_patient(one) for one in ids if one not in self._gone]

    def _found(self, ids: Sequence[int]) -> list[Person]:
        with self._lock:
            known = [self._therapists[one] for one in ids if one in self._therapists]
        return [one for one in known if not one["deleted"]]


def town_of(patient_id: int) -> int:
    return patient_id % TOWNS


def _place(town: int) -> Person:
    return {
        "latitude": _NORTH + _STEP * town,
        "longitude": _EAST,
        "place_status": "exact",
        "plz": str(_FIRST_PLZ + town),
    }


def _patient(patient_id: int) -> Person:
    return {
        "id": patient_id,
        "version": 1,
        "status": "offen",
        **_place(town_of(patient_id)),
        "max_travel_distance_km": 30,
        "travel_mode": "car",
        "geschlecht": "weiblich",
        "geburtsdatum": "1985-05-05",
        "diagnose": "F32.1",
        "versicherungsart": "gesetzlich",
        "bevorzugte_sprachen": [],
        "bevorzugtes_therapieverfahren": "Egal",
        "therapist_gender_preference": "any",
        "group_therapy_preference": False,
        "nur_gruppentherapie": False,
        "availability_schedule": ALWAYS,
        "ausgeschlossene_therapeuten": [],
        "vertraege_unterschrieben": True,
        "psychotherapieerfahrung": False,
        "letzte_therapie_ende": None,
    }


def _therapist(therapist_id: int, town: int, mailbox_key: str) -> Person:
    return {
        "id": therapist_id,
        "version": 1,
        "deleted": False,
        "mailbox_key": mailbox_key,
        "status": "aktiv",
        **_place(town),
        "kassensitz": True,
        "geschlecht": "weiblich",
        "psychotherapieverfahren": ["Verhaltenstherapie"],
        "altersgruppe": "erwachsene",
        "fremdsprachen": [],
        "email": "praxis@example.org",
        "telefon": None,
        "kontakt_wieder_ab": None,
        "kein_kontakt": None,
        "potentially_available": False,
        "freie_einzeltherapieplaetze_ab": None,
        "preferred_diagnoses": [],
        "age_min": None,
        "age_max": None,
        "gender_preference": "any",
        "group_therapy_preference": None,
        "working_hours": ALWAYS,
    }
