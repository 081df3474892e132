"""Staff at work with searches: short words for what they do through the HTTP door."""

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text

BUNDLES = "/api/v2/therapist-bundles"
SEARCHES = "/api/v2/patient-searches"
STAFF = "/api/v2/staff"


def content(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.json
    return found


def refusal(answer: Any, status: int, slug: str) -> dict[str, Any]:
    found = content(answer, status)
    assert found["type"] == f"/problems/{slug}"
    return found


def read_search(api: FlaskClient, search_id: int) -> dict[str, Any]:
    return content(api.get(f"{SEARCHES}/{search_id}"))


def read_bundle(api: FlaskClient, bundle_id: int) -> dict[str, Any]:
    return content(api.get(f"{BUNDLES}/{bundle_id}"))


def create(api: FlaskClient, therapist_id: int, **order: Any) -> dict[str, Any]:
    """The bundle made for this therapist; `send=True` sends it as well."""
    order = {"override": {"reason": "ruft selbst an"}, **order, "therapist_ids": [therapist_id]}
    made = content(api.post(f"{BUNDLES}/create", json=order), 201)
    bundle: dict[str, Any] = made["bundles"][0]
    return bundle


def answer(api: FlaskClient, bundle: dict[str, Any], outcome: str) -> dict[str, Any]:
    responses = [{"search_id": p["search_id"], "outcome": outcome} for p in bundle["patients"]]
    body = {"responses": responses, "channel": "phone"}
    return content(api.put(f"{BUNDLES}/{bundle['id']}/response", json=body))


def move(api: FlaskClient, search_id: int, to: str, **facts: Any) -> Any:
    return api.post(f"{SEARCHES}/{search_id}/transitions", json={"to": to, **facts})


def exclude(api: FlaskClient, search_id: int, therapist_id: int, reason: str = "kennt sie") -> Any:
    wanted = {"therapist_id": therapist_id, "reason": reason}
    return api.put(f"{SEARCHES}/{search_id}/exclude-therapist", json=wanted)


def history(api: FlaskClient, search_id: int, *kinds: str) -> list[dict[str, Any]]:
    lines = content(api.get(f"{SEARCHES}/{search_id}/history"))["data"]
    return [line for line in lines if line["kind"] in kinds or not kinds]


def told(database: Any) -> list[tuple[str, int]]:
    """Type and bundle (else search) of every event in the outbox, in order."""
    rows = (
        "SELECT body->>'type',"
        " coalesce(body->'data'->>'bundle_id', body->'data'->>'search_id')::int"
        " FROM outbox ORDER BY id"
    )
    with database.engine(database.url("matching_service")).connect() as session:
        return [(kind, ref) for kind, ref in session.execute(text(rows))]
