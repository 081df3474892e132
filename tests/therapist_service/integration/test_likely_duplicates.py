"""Staff are warned of somebody who may be there already, and write them down all the same."""

from typing import Any

from flask.testing import FlaskClient

THERAPISTS = "/api/v2/therapists"
ANNA: dict[str, Any] = {
    "vorname": "Anna",
    "nachname": "Meyer",
    "strasse": "Hauptstraße 1",
    "plz": "52062",
    "email": "praxis-meyer@example.org",
    "telefon": "0221 4710123",
}
FOUND: list[tuple[dict[str, Any], list[str] | None]] = [
    ({}, ["same_name", "same_address", "same_mailbox"]),
    ({"strasse": None, "email": None, "telefon": None}, ["same_name", "same_postcode"]),
    ({"nachname": "Maier", "email": None, "telefon": None}, ["similar_name", "same_address"]),
    ({"vorname": "Ana", "plz": None, "telefon": None}, ["similar_name", "same_mailbox"]),
    ({"email": "PRAXIS-MEYER@example.org", "plz": "10115"}, ["same_name", "same_mailbox"]),
    ({"email": None, "plz": None, "telefon": "+49 221 4710123"}, ["same_name", "same_mailbox"]),
    (
        {"vorname": "Meyer", "nachname": "Anna", "email": None, "telefon": None},
        ["swapped_names", "same_address"],
    ),
    ({"vorname": "Bernhard"}, None),
    ({"plz": "10115", "email": None, "telefon": None}, None),
    ({"plz": None, "email": "", "telefon": ""}, None),
]
"""What is said of somebody, and why that may be Anna."""


def _create(api: FlaskClient, **changes: Any) -> dict[str, Any]:
    answer = api.post(THERAPISTS, json={**ANNA, **changes})
    assert answer.status_code == 201, answer.json
    created: dict[str, Any] = answer.json or {}
    return created


def test_who_may_be_there_already_is_named_with_the_reasons(api: FlaskClient) -> None:
    anna = _create(api)["id"]
    found = []
    for changes, _ in FOUND:
        answer = api.post(f"{THERAPISTS}/likely-duplicates", json={**ANNA, **changes}).json or {}
        found.append({one["therapist_id"]: one["because"] for one in answer["data"]})

    assert found == [{anna: because} if because else {} for _, because in FOUND]


def test_a_new_therapist_is_written_down_whoever_it_may_be_and_v1_keeps_its_shape(
    api: FlaskClient,
) -> None:
    first = _create(api)
    again = _create(api, telefon=None)
    v1 = api.post("/api/v1/therapists", json=ANNA)

    reasons = ["same_name", "same_address", "same_mailbox"]
    assert first["likely_duplicates"] == []
    assert again["likely_duplicates"] == [{"therapist_id": first["id"], "because": reasons}]
    assert (v1.status_code, "likely_duplicates" in (v1.json or {})) == (201, False)
    of_first = api.get(f"{THERAPISTS}/{first['id']}/likely-duplicates").json or {}
    assert [one["therapist_id"] for one in of_first["data"]] == [again["id"], (v1.json or {})["id"]]
    assert api.get(f"{THERAPISTS}/4711/likely-duplicates").status_code == 404


def test_all_pairs_are_a_list_to_work_through(api: FlaskClient) -> None:
    anna, again, elsewhere = (
        _create(api, **changes)["id"]
        for changes in ({}, {"plz": "50667"}, {"plz": "10115", "email": None, "telefon": None})
    )
    hanna = _create(api, vorname="Hanna", plz="50667", email=None, telefon=None)["id"]

    whole = api.get(f"{THERAPISTS}/likely-duplicates").json or {}
    first = api.get(f"{THERAPISTS}/likely-duplicates?limit=1").json or {}
    path = f"{THERAPISTS}/likely-duplicates?limit=1&cursor={first['next']}"
    second = api.get(path).json or {}
    wrong = api.get(f"{THERAPISTS}/likely-duplicates?cursor=x")
    in_cologne = api.get(f"{THERAPISTS}/likely-duplicates?plz_prefix=50").json or {}

    assert [one["therapist_ids"] for one in whole["data"]] == [[anna, again], [again, hanna]]
    assert [one["therapist_ids"] for one in in_cologne["data"]] == [[again, hanna]]
    assert elsewhere not in {i for one in whole["data"] for i in one["therapist_ids"]}
    assert first["data"] + second["data"] == whole["data"]
    assert (whole["total"], first["total"], whole["next"], second["next"]) == (2, 2, None, None)
    assert (wrong.status_code, (wrong.json or {})["errors"][0]["field"]) == (422, "cursor")
