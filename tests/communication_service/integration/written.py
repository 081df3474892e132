"""How tests write mails: as an old client, and as somebody at a desk."""

from collections.abc import Sequence
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ADDRESS = "praxis@example.org"


def ask_v1(api: FlaskClient, therapist_id: int, /, **fields: Any) -> TestResponse:
    body = {
        "therapist_id": therapist_id,
        "subject": "Anfrage",
        "body_html": "<p>Haben Sie einen Platz?</p>",
        "recipient_email": ADDRESS,
        "recipient_name": "Petra Praxis",
    }
    return api.post("/api/v1/emails", json={**body, **fields})


def v1_mail(
    api: FlaskClient, therapist_id: int, requests: Sequence[int] = (), **fields: Any
) -> int:
    """Its id, unless a test says otherwise queued at once."""
    wanted = {"placement_request_ids": list(requests), "status": "QUEUED", **fields}
    answer = ask_v1(api, therapist_id, **wanted)
    assert answer.status_code == 201, answer.text
    return int(answer.get_json()["id"])


def read_v1(api: FlaskClient, email_id: int) -> dict[str, Any]:
    return dict(api.get(f"/api/v1/emails/{email_id}").get_json())


def write(api: FlaskClient, therapist_id: int, /, **fields: Any) -> TestResponse:
    body = {"therapist_id": therapist_id, "subject": "Unser Gespräch", "text": "vielen Dank."}
    return api.post("/api/v2/emails", json={**body, **fields})


def drafted(api: FlaskClient, therapist_id: int, **fields: Any) -> dict[str, Any]:
    answer = write(api, therapist_id, **fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())
