"""A patient whom a search still needs stays; who goes takes everything along."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.patient_service.conftest import Neighbours


@pytest.fixture
def anna(api: FlaskClient) -> int:
    body = {"vorname": "Anna", "nachname": "Berg"}
    return int((api.post("/api/v2/patients", json=body).json or {})["id"])


def test_a_patient_with_an_unfinished_search_stays_and_the_search_is_named(
    api: FlaskClient, anna: int, neighbours: Neighbours
) -> None:
    neighbours.have_search(anna, 312)

    new, old = api.delete(f"/api/v2/patients/{anna}"), api.delete(f"/api/patients/{anna}")

    assert new.json is not None
    assert (new.status_code, new.json["type"]) == (409, "/problems/patient-in-use")
    assert new.json["search_id"] == 312
    assert old.status_code == 409
    assert "312" in (old.json or {})["message"]
    assert api.get(f"/api/v2/patients/{anna}").status_code == 200


def test_while_matching_is_silent_nothing_is_deleted(
    api: FlaskClient, anna: int, neighbours: Neighbours
) -> None:
    neighbours.silent = True

    answers = [api.delete(f"/api/{version}/patients/{anna}") for version in ("v1", "v2")]

    assert [(a.status_code, a.headers["Retry-After"]) for a in answers] == [(503, "5")] * 2
    assert api.get(f"/api/v2/patients/{anna}").status_code == 200


def test_a_deleted_patient_is_gone_with_every_contact_and_the_others_hear_of_it(
    api: FlaskClient, anna: int, neighbours: Neighbours, database: Any
) -> None:
    contact = {"channel": "phone", "direction": "incoming", "note": "weint"}
    assert api.post(f"/api/v2/patients/{anna}/contacts", json=contact).status_code == 201
    neighbours.have_search(anna, None)

    assert api.delete(f"/api/v2/patients/{anna}").status_code == 204

    with database.engine(database.owner_url("patient_service")).connect() as owner:
        left = (
            owner.scalar(text("SELECT count(*) FROM patients")),
            owner.scalar(text("SELECT count(*) FROM contact_log")),
        )
        told = owner.scalars(text("SELECT body FROM outbox ORDER BY id")).all()
    assert left == (0, 0)
    assert [(e["type"], e["data"]["version"]) for e in told] == [
        ("patient.created", 1),
        ("patient.updated", 2),
        ("patient.deleted", 3),
    ]


def test_whom_nobody_knows_cannot_be_deleted(api: FlaskClient, neighbours: Neighbours) -> None:
    neighbours.have_search(99, None)

    assert api.delete("/api/v2/patients/99").status_code == 404
    assert api.delete("/api/v1/patients/99").json == {"message": "Patient not found"}
