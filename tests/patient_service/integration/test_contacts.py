"""Contacts with a patient: noted once, kept as long as the patient, never changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

CALL = {"channel": "phone", "direction": "incoming"}


@pytest.fixture
def path(api: FlaskClient) -> str:
    anna = api.post("/api/v2/patients", json={"vorname": "Anna", "nachname": "Berg"}).json or {}
    return f"/api/v2/patients/{anna['id']}"


def note(api: FlaskClient, path: str, **contact: Any) -> dict[str, Any]:
    answer = api.post(f"{path}/contacts", json={**CALL, **contact})
    assert answer.status_code == 201, answer.json
    return answer.json or {}


def test_a_contact_is_noted_with_who_and_when(api: FlaskClient, path: str) -> None:
    noted = note(api, path, at="2026-03-01T23:30:00Z", note="möchte nur vormittags")

    assert {**noted, "id": 0, "recorded_at": ""} == {
        **CALL,
        "id": 0,
        "patient_id": 1,
        "therapist_id": None,
        "kind": "noted",
        "detail": None,
        "actor": "staff1",
        "at": "2026-03-01T23:30:00Z",
        "note": "möchte nur vormittags",
        "ref": None,
        "recorded_at": "",
        "recorded_by": "staff1",
    }


def test_contacts_come_newest_first_and_page_by_page(api: FlaskClient, path: str) -> None:
    days = ["2026-03-02", "2026-03-04", "2026-03-01", "2026-03-03"]
    ids = {day: note(api, path, at=f"{day}T10:00:00Z")["id"] for day in days}

    first = api.get(f"{path}/contacts?limit=3").json or {}
    rest = api.get(f"{path}/contacts?limit=3&cursor={first['next']}").json or {}

    assert [c["id"] for c in first["data"] + rest["data"]] == [ids[d] for d in sorted(days)[::-1]]
    assert (first["total"], rest["next"]) == (4, None)


def test_the_last_contact_moves_on_and_never_back(api: FlaskClient, path: str) -> None:
    seen = []
    for at in ("2026-03-01T23:30:00Z", "2026-02-01T10:00:00Z", "2026-03-02T08:00:00Z", None):
        note(api, path, **({"at": at} if at else {}))
        patient = api.get(path).json or {}
        seen.append((patient["letzter_kontakt"], patient["version"]))

    assert seen[:3] == [("2026-03-02", 2), ("2026-03-02", 2), ("2026-03-02", 2)]
    assert seen[3][0] > "2026-03-02"
    assert seen[3][1] == 3


def test_the_same_post_with_the_same_key_is_one_contact(api: FlaskClient, path: str) -> None:
    key = {"Idempotency-Key": "call-1"}

    first = api.post(f"{path}/contacts", json=CALL, headers=key)
    again = api.post(f"{path}/contacts", json=CALL, headers=key)

    assert (first.status_code, again.json) == (201, first.json)
    assert (api.get(f"{path}/contacts").json or {})["total"] == 1


def test_a_contact_in_the_future_or_with_a_stranger_is_not_noted(
    api: FlaskClient, path: str
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    early = api.post(f"{path}/contacts", json={**CALL, "at": tomorrow})
    stranger = api.post("/api/v2/patients/99/contacts", json=CALL)

    assert early.status_code == 422
    assert [(e["field"], e["code"]) for e in (early.json or {})["errors"]] == [
        ("at", "in_the_future")
    ]
    assert stranger.status_code == 404
    assert api.get("/api/v2/patients/99/contacts").status_code == 404
    assert (api.get(f"{path}/contacts").json or {})["total"] == 0


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("1989-12-31T22:00:00Z", "before_birth"),
        ("1900-01-01T00:00:00+14:00", "out_of_range"),  # in UTC, as answers say it, it is 1899
    ],
)
def test_nobody_spoke_with_a_patient_before_there_was_one(
    api: FlaskClient, path: str, at: str, code: str
) -> None:
    api.put(path.replace("v2", "v1"), json={"geburtsdatum": "1990-01-01"})

    refused = api.post(f"{path}/contacts", json={**CALL, "at": at})
    at_birth = api.post(f"{path}/contacts", json={**CALL, "at": "1989-12-31T23:00:00Z"})

    assert refused.status_code == 422
    assert [(e["field"], e["code"]) for e in (refused.json or {})["errors"]] == [("at", code)]
    assert at_birth.status_code == 201
    assert (api.get(path).json or {})["letzter_kontakt"] == "1990-01-01"


@pytest.mark.parametrize("change", ["UPDATE contact_log SET note = ''", "DELETE FROM contact_log"])
def test_the_program_itself_can_neither_change_nor_remove_a_contact(
    api: FlaskClient, path: str, database: Any, change: str
) -> None:
    note(api, path, note="weint")

    with (
        database.engine(database.url("patient_service")).connect() as program,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        program.execute(text(change))


def test_a_note_is_not_readable_in_the_database(api: FlaskClient, path: str, database: Any) -> None:
    note(api, path, note="weint")

    with database.engine(database.owner_url("patient_service")).connect() as owner:
        assert str(owner.scalar(text("SELECT note FROM contact_log"))).startswith("k1:A256GCM:")
