"""A therapist goes only when matching no longer needs one."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text


@pytest.fixture
def therapist_id(api: FlaskClient) -> int:
    answer = api.post("/api/v2/therapists", json={"vorname": "Kim", "nachname": "Lee"})
    return int((answer.json or {})["id"])


def _matching_knows(neighbour: Any, therapist_id: int, bundles: list[dict[str, int]]) -> None:
    path = f"/api/v2/therapist-bundles?therapist_id={therapist_id}&open=true"
    neighbour.answers[path] = lambda _: {"data": bundles, "total": len(bundles), "next": None}


def test_a_therapist_with_an_open_inquiry_stays(
    api: FlaskClient, neighbour: Any, therapist_id: int
) -> None:
    _matching_knows(neighbour, therapist_id, [{"id": 88}])

    refused = api.delete(f"/api/v2/therapists/{therapist_id}")

    assert refused.status_code == 409
    assert (refused.json or {})["type"] == "/problems/therapist-in-use"
    assert (refused.json or {})["bundle_id"] == 88
    assert api.get(f"/api/v2/therapists/{therapist_id}").status_code == 200


def test_while_matching_is_silent_nothing_is_deleted(api: FlaskClient, therapist_id: int) -> None:
    refused = api.delete(f"/api/v2/therapists/{therapist_id}")

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert api.get(f"/api/v2/therapists/{therapist_id}").status_code == 200


def test_a_therapist_nobody_needs_is_deleted_and_others_are_told(
    api: FlaskClient, neighbour: Any, therapist_id: int, database: Any
) -> None:
    _matching_knows(neighbour, therapist_id, [])

    gone = api.delete(f"/api/v2/therapists/{therapist_id}")

    assert gone.status_code == 204
    assert api.get(f"/api/v2/therapists/{therapist_id}").status_code == 404
    with database.engine(database.url("therapist_service")).connect() as session:
        last = session.scalar(text("SELECT body FROM outbox ORDER BY id DESC LIMIT 1"))
    assert (last["type"], last["data"]["version"]) == ("therapist.deleted", 2)


def test_v1_says_in_words_that_the_therapist_is_gone(
    api: FlaskClient, neighbour: Any, therapist_id: int
) -> None:
    _matching_knows(neighbour, therapist_id, [])

    gone = api.delete(f"/api/therapists/{therapist_id}")

    assert (gone.status_code, gone.json) == (200, {"message": "Therapist deleted successfully"})
