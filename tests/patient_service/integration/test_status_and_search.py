"""A patient's status while a search is unfinished, and what searches make of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.patient_service.conftest import Hear, Neighbours

SEARCH = 312


@pytest.fixture
def anna(api: FlaskClient) -> int:
    body = {"vorname": "Anna", "nachname": "Berg", "status": "auf der Suche"}
    return int((api.post("/api/v2/patients", json=body).json or {})["id"])


def read(api: FlaskClient, patient_id: int) -> dict[str, Any]:
    return api.get(f"/api/v2/patients/{patient_id}").json or {}


# version of the API, what comes, unfinished search, is matching silent → answer, status, version
STATUS_WRITES: list[tuple[str, dict[str, Any], int | None, bool, int, str, int]] = [
    ("v1", {"status": "in Therapie"}, SEARCH, False, 409, "auf der Suche", 1),
    ("v1", {"status": "Suche abgebrochen", "ort": "Ulm"}, SEARCH, False, 409, "auf der Suche", 1),
    ("v1", {"status": "offen"}, SEARCH, False, 409, "auf der Suche", 1),
    ("v2", {"status": "in Therapie"}, SEARCH, False, 409, "auf der Suche", 1),
    ("v1", {"status": "in Therapie"}, None, True, 503, "auf der Suche", 1),
    ("v2", {"status": "in Therapie"}, None, True, 503, "auf der Suche", 1),
    ("v1", {"status": "AUF_DER_SUCHE", "ort": "Ulm"}, SEARCH, False, 200, "auf der Suche", 2),
    ("v1", {"status": "auf der Suche", "ort": "Ulm"}, None, True, 200, "auf der Suche", 2),
    ("v2", {"ort": "Ulm"}, None, True, 200, "auf der Suche", 2),
    ("v1", {"status": "in Therapie"}, None, False, 200, "in Therapie", 2),
    ("v2", {"status": "Therapie abgebrochen"}, None, False, 200, "Therapie abgebrochen", 2),
]


def test_a_status_cannot_become_another_while_a_search_is_unfinished_or_nobody_can_say(
    api: FlaskClient, neighbours: Neighbours
) -> None:
    outcomes = []
    for version, change, search, silent, *_ in STATUS_WRITES:
        neighbours.silent = False
        body = {"vorname": "Anna", "nachname": "Berg", "status": "auf der Suche"}
        one = (api.post("/api/v2/patients", json=body).json or {})["id"]
        neighbours.have_search(one, search)
        neighbours.silent = silent
        path = f"/api/{version}/patients/{one}"
        if version == "v1":
            answer = api.put(path, json=change)
        else:
            answer = api.patch(path, json=change, headers={"If-Match": '"1"'})
        after = read(api, one)
        outcomes.append((answer.status_code, after["status"], after["version"]))

    assert list(zip(STATUS_WRITES, outcomes, strict=True)) == [
        (row, row[4:]) for row in STATUS_WRITES
    ]


def test_the_refusal_names_the_search(api: FlaskClient, anna: int, neighbours: Neighbours) -> None:
    neighbours.have_search(anna, SEARCH)

    old = api.put(f"/api/patients/{anna}", json={"status": "in Therapie"})
    new = api.patch(
        f"/api/v2/patients/{anna}", json={"status": "in Therapie"}, headers={"If-Match": '"1"'}
    )

    assert str(SEARCH) in (old.json or {})["message"]
    assert new.json is not None
    assert (new.json["type"], new.json["search_id"]) == ("/problems/active-search-exists", SEARCH)


def test_who_sends_back_what_they_read_changes_nothing(
    api: FlaskClient, anna: int, neighbours: Neighbours
) -> None:
    neighbours.have_search(anna, SEARCH)
    before = read(api, anna)

    old = api.put(f"/api/patients/{anna}", json=api.get(f"/api/patients/{anna}").json)
    new = api.put(f"/api/v2/patients/{anna}", json=before, headers={"If-Match": '"1"'})

    assert (old.status_code, new.status_code) == (200, 200)
    assert read(api, anna) == before


def test_nobody_is_asked_about_searches_unless_a_status_comes(
    api: FlaskClient, anna: int, neighbours: Neighbours
) -> None:
    api.put(f"/api/patients/{anna}", json={"ort": "Ulm"})

    assert neighbours.asked == []


FOLLOWED = [
    ([(1, "active")], "auf der Suche"),
    ([(1, "active"), (1, "paused")], "auf der Suche"),
    ([(1, "active"), (1, "in_sessions")], "auf der Suche"),
    ([(1, "active"), (1, "in_sessions"), (1, "successful")], "in Therapie"),
    ([(1, "active"), (1, "abandoned")], "Suche abgebrochen"),
    ([(1, "active"), (1, "abandoned"), (2, "active")], "auf der Suche"),
    ([(1, "active"), (2, "active"), (1, "abandoned")], "auf der Suche"),
    ([(2, "active"), (2, "successful"), (1, "active"), (1, "abandoned")], "in Therapie"),
]


def test_the_status_follows_the_newest_search_in_whatever_order_news_of_others_come(
    api: FlaskClient, hear: Hear
) -> None:
    found = []
    for news, _ in FOLLOWED:
        body = {"vorname": "Anna", "nachname": "Berg"}
        one = (api.post("/api/v2/patients", json=body).json or {})["id"]
        for search, status in news:
            hear("search.status_changed", search, search_id=search, patient_id=one, status=status)
        found.append((news, read(api, one)["status"]))

    assert found == FOLLOWED


def test_the_search_begins_on_the_berlin_day_on_which_it_was_opened_however_late_we_hear(
    api: FlaskClient, anna: int, hear: Hear
) -> None:
    opened = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    later = opened + timedelta(days=40)

    hear("search.created", 7, opened, search_id=7, patient_id=anna, status="active")
    hear("search.created", 8, later, search_id=8, patient_id=anna, status="active")

    assert read(api, anna)["startdatum"] == "2026-03-02"


def test_a_deleted_patient_follows_nothing(
    api: FlaskClient, anna: int, hear: Hear, neighbours: Neighbours
) -> None:
    neighbours.have_search(anna, None)
    assert api.delete(f"/api/v2/patients/{anna}").status_code == 204

    hear("search.created", 7, search_id=7, patient_id=anna, status="active")

    assert api.get(f"/api/v2/patients/{anna}").status_code == 404
