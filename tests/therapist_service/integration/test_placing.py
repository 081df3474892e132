"""Therapists whose place could not be asked for get it later."""

from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from shared.db import Database
from therapist_service.jobs.place_therapists import place_therapists
from therapist_service.wiring import Wiring

AACHEN = {"plz": "52062", "latitude": 50.8, "longitude": 6.1, "status": "approximate"}


def _create(api: FlaskClient, plz: str) -> int:
    body = {"vorname": "Kim", "nachname": "Lee", "plz": plz}
    return int((api.post("/api/v2/therapists", json=body).json or {})["id"])


def test_pending_places_are_filled_in_with_one_question(
    api: FlaskClient, neighbour: Any, own_database: Database, wiring: Wiring
) -> None:
    placed, also_placed, nowhere = (
        _create(api, "52062"),
        _create(api, "52062"),
        _create(api, "00999"),
    )
    asked = []

    def answer(body: Any) -> Any:
        asked.append(body["ids"])
        return {"data": [AACHEN], "missing": ["00999"]}

    neighbour.answers["/api/v2/places/batch-get"] = answer
    done = [place_therapists(own_database, wiring, datetime.now(UTC)) for _ in range(2)]

    def place(therapist_id: int) -> tuple[Any, ...]:
        seen = api.get(f"/api/v2/therapists/{therapist_id}").json or {}
        return seen["place_status"], seen["latitude"], seen["version"]

    assert done == [3, 0]
    assert asked == [["00999", "52062"]]
    assert place(placed) == place(also_placed) == ("approximate", 50.8, 2)
    assert place(nowhere) == ("unknown", None, 2)


def test_while_geocoding_is_silent_places_stay_pending(
    api: FlaskClient, own_database: Database, wiring: Wiring
) -> None:
    therapist_id = _create(api, "52062")

    assert place_therapists(own_database, wiring, datetime.now(UTC)) == 0
    seen = api.get(f"/api/v2/therapists/{therapist_id}").json or {}
    assert (seen["place_status"], seen["version"]) == ("pending", 1)
