"""Patients through the HTTP door."""

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text

from tests.issuer import Issuer

ANNA = {
    "vorname": "Anna",
    "nachname": "Öztürk",
    "plz": "52062",
    "geburtsdatum": "1990-02-28",
    "diagnose": "f32.1",
    "raeumliche_verfuegbarkeit": {"max_km": 25},
    "verkehrsmittel": "ÖPNV",
    "zeitliche_verfuegbarkeit": {"Mo": ["10:00-12:00"]},
    "bevorzugtes_therapeutengeschlecht": "Weiblich",
    "offen_fuer_gruppentherapie": True,
    "aktuelle_psychische_beschwerden": "schläft schlecht",
}


def _create(api: FlaskClient, **changes: Any) -> dict[str, Any]:
    answer = api.post("/api/v2/patients", json={**ANNA, **changes})
    assert answer.status_code == 201, answer.json
    created: dict[str, Any] = answer.json or {}
    return created


def test_a_created_patient_can_be_read_back_under_new_names_and_old(api: FlaskClient) -> None:
    created = _create(api)

    read = api.get(f"/api/v2/patients/{created['id']}")

    assert read.json == {k: v for k, v in created.items() if k != "likely_duplicates"}
    assert created["max_travel_distance_km"] == 25
    assert created["raeumliche_verfuegbarkeit"] == {"max_km": 25}
    assert created["travel_mode"] == "transit"
    assert created["availability_schedule"] == {"monday": [{"start": "10:00", "end": "12:00"}]}
    assert created["therapist_gender_preference"] == "female"
    assert created["group_therapy_preference"] is True
    assert created["diagnose"] == "F32.1"
    assert created["status"] == "offen"


def test_a_place_that_nobody_could_be_asked_for_is_pending_not_zero(api: FlaskClient) -> None:
    created = _create(api)

    assert (created["place_status"], created["latitude"]) == ("pending", None)


def test_health_text_is_not_readable_in_the_database(api: FlaskClient, database: Any) -> None:
    _create(api)

    with database.engine(database.owner_url("patient_service")).connect() as owner:
        stored = owner.scalar(text("SELECT aktuelle_psychische_beschwerden FROM patients"))

    assert str(stored).startswith("k1:A256GCM:")


def test_a_patch_needs_the_etag_that_was_last_read(api: FlaskClient) -> None:
    path = f"/api/v2/patients/{_create(api)['id']}"

    missing = api.patch(path, json={"ort": "Aachen"})
    fresh = api.patch(path, json={"ort": "Aachen"}, headers={"If-Match": '"1"'})
    stale = api.patch(path, json={"ort": "Köln"}, headers={"If-Match": '"1"'})

    assert (missing.status_code, fresh.status_code, stale.status_code) == (428, 200, 412)
    assert fresh.headers["ETag"] == '"2"'
    assert (api.get(path).json or {})["ort"] == "Aachen"


def test_put_replaces_the_whole_patient(api: FlaskClient) -> None:
    path = f"/api/v2/patients/{_create(api)['id']}"

    answer = api.put(
        path, json={"vorname": "Anna", "nachname": "Blau"}, headers={"If-Match": '"1"'}
    )

    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["nachname"], answer.json["plz"]) == ("Blau", None)
    assert answer.json["availability_schedule"] is None


def test_what_was_answered_to_a_post_can_be_put_back(api: FlaskClient) -> None:
    _create(api)
    entered = api.post("/api/v2/patients", json=ANNA)
    created: dict[str, Any] = entered.json or {}
    path, etag = f"/api/v2/patients/{created['id']}", {"If-Match": entered.headers["ETag"]}

    put = api.put(path, json=created, headers=etag)

    assert created["likely_duplicates"], "a warning comes along, and may stay in it"
    assert (put.status_code, put.headers["ETag"]) == (200, etag["If-Match"]), put.json


def test_the_same_post_with_the_same_key_has_one_effect(api: FlaskClient) -> None:
    key = {"Idempotency-Key": "anna-1"}

    first = api.post("/api/v2/patients", json=ANNA, headers=key)
    again = api.post("/api/v2/patients", json=ANNA, headers=key)
    other = api.post("/api/v2/patients", json={**ANNA, "ort": "Bonn"}, headers=key)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json == again.json
    assert (api.get("/api/v2/patients").json or {})["total"] == 1


def test_pages_are_exact_while_rows_come_and_go(api: FlaskClient) -> None:
    ids = [_create(api)["id"] for _ in range(5)]

    first = api.get("/api/v2/patients?limit=2").json or {}
    _create(api)
    rest = api.get(f"/api/v2/patients?limit=10&cursor={first['next']}").json or {}

    assert [p["id"] for p in first["data"] + rest["data"]][:5] == ids
    assert (first["total"], rest["total"], rest["next"]) == (5, 6, None)


def test_a_batch_names_who_is_missing_and_holds_at_most_500(api: FlaskClient) -> None:
    there = _create(api)["id"]

    few = api.post("/api/v2/patients/batch-get", json={"ids": [there, 4711, there]}).json or {}
    full = api.post("/api/v2/patients/batch-get", json={"ids": list(range(1, 501))})
    too_many = api.post("/api/v2/patients/batch-get", json={"ids": list(range(1, 502))})

    assert ([one["id"] for one in few["data"]], few["missing"]) == ([there], [4711])
    assert full.status_code == 200
    assert (too_many.status_code, (too_many.json or {})["errors"][0]["field"]) == (422, "ids")


def test_every_change_is_told_by_id_and_version_only(api: FlaskClient, database: Any) -> None:
    patient_id = _create(api)["id"]
    path = f"/api/v2/patients/{patient_id}"
    api.patch(path, json={"ort": "Aachen"}, headers={"If-Match": '"1"'})

    with database.engine(database.url("patient_service")).connect() as session:
        bodies = session.execute(text("SELECT body FROM outbox ORDER BY id")).scalars().all()

    assert [(b["type"], b["subject"], b["data"]) for b in bodies] == [
        ("patient.created", str(patient_id), {"patient_id": patient_id, "version": 1}),
        ("patient.updated", str(patient_id), {"patient_id": patient_id, "version": 2}),
    ]


UNREADABLE = [
    (b"{", "application/json", 400),
    (b"[" * 100_000, "application/json", 400),
    (b'{"plz": ' + b"9" * 5000 + b"}", "application/json", 400),
    (b"[]", "application/json", 422),
    (b"vorname=Anna", "application/x-www-form-urlencoded", 415),
    (b'"' + b"a" * 1024 * 1024 + b'"', "application/json", 413),
]


def test_an_unreadable_body_is_refused_for_what_it_is(api: FlaskClient) -> None:
    found = [
        (content, kind, api.post("/api/v2/patients", data=content, content_type=kind).status_code)
        for content, kind, _ in UNREADABLE
    ]

    assert found == UNREADABLE


def test_v1_answers_in_its_own_shape_and_announces_its_end(api: FlaskClient) -> None:
    created = api.post("/api/patients", json=ANNA)
    listed = api.get("/api/v1/patients?limit=1000")
    missing = api.get("/api/patients/99999")
    wrong = api.post("/api/patients", json={**ANNA, "plz": "x"})

    assert created.status_code == 201
    assert [p["nachname"] for p in listed.json or []] == ["Öztürk"]
    assert (missing.status_code, missing.json) == (404, {"message": "Patient not found"})
    assert wrong.status_code == 400
    assert "plz" in (wrong.json or {})["message"]
    assert listed.headers["Deprecation"] == "@1796083200"
    assert listed.headers["Sunset"] == "Wed, 30 Jun 2027 00:00:00 GMT"
    assert '</api/v2/patients>; rel="successor-version"' in listed.headers.getlist("Link")


def test_who_has_no_token_or_the_wrong_role_is_turned_away(
    api: FlaskClient, issuer: Issuer
) -> None:
    def status(header: str) -> int:
        return api.post(
            "/api/v2/patients", json=ANNA, headers={"Authorization": header}
        ).status_code

    assert status("") == 401
    assert status("Bearer nonsense") == 401
    assert status(f"Bearer {issuer.token('staff', exp=1)}") == 401
    assert status(f"Bearer {issuer.token('staff', aud='somebody-else')}") == 401
    assert status(f"Bearer {issuer.token('service')}") == 403
    assert status(f"Bearer {issuer.token('admin')}") == 201


def test_a_known_place_is_kept_by_whoever_sends_the_same_postcode_again(
    api: FlaskClient, database: Any
) -> None:
    """Nobody can say here where a postcode lies."""
    created = _create(api)
    found = "UPDATE patients SET place_status = 'exact', latitude = 50.8, longitude = 6.1"
    with database.engine(database.owner_url("patient_service")).begin() as owner:
        owner.execute(text(found))

    same = api.put(f"/api/patients/{created['id']}", json={"plz": created["plz"]})
    kept = api.get(f"/api/v2/patients/{created['id']}").get_json()
    api.put(f"/api/patients/{created['id']}", json={"plz": "50667"})
    moved = api.get(f"/api/v2/patients/{created['id']}").get_json()

    assert same.status_code == 200
    assert (kept["place_status"], kept["latitude"]) == ("exact", 50.8)
    assert (moved["place_status"], moved["latitude"]) == ("pending", None)
