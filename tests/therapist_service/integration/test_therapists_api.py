"""Therapists through the HTTP door."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.issuer import Issuer

ANNA = {
    "vorname": "Anna",
    "nachname": "Null",
    "plz": "52062",
    "email": "Praxis@example.org",
    "telefon": "0221 4710123",
    "kassensitz": True,
    "geschlecht": "weiblich",
    "altersgruppe": "erwachsene",
    "psychotherapieverfahren": ["Verhaltenstherapie Erwachsene", "Klangschalentherapie"],
    "fremdsprachen": ["Türkisch"],
    "telefonische_erreichbarkeit": {"Mo": ["10:00-12:00"]},
    "working_hours": {"montag": ["08:00-18:00"]},
    "preferred_diagnoses": ["f32", "F41.1"],
    "age_min": 18,
    "gender_preference": "any",
    "kein_kontakt": None,
}


def _create(api: FlaskClient, **changes: Any) -> dict[str, Any]:
    answer = api.post("/api/v2/therapists", json={**ANNA, **changes})
    assert answer.status_code == 201, answer.json
    created: dict[str, Any] = answer.json or {}
    return created


def _patch(api: FlaskClient, therapist: dict[str, Any], **changes: Any) -> Any:
    etag = {"If-Match": f'"{therapist["version"]}"'}
    return api.patch(f"/api/v2/therapists/{therapist['id']}", json=changes, headers=etag)


def _told(database: Any) -> list[dict[str, Any]]:
    with database.engine(database.url("therapist_service")).connect() as session:
        bodies = session.execute(text("SELECT body FROM outbox ORDER BY id")).scalars()
        return [
            {"type": body["type"], "subject": body["subject"], **body["data"]} for body in bodies
        ]


def test_a_created_therapist_can_be_read_back(api: FlaskClient) -> None:
    created = _create(api)

    stored = api.get(f"/api/v2/therapists/{created['id']}").json or {}
    assert {**stored, "likely_duplicates": []} == created
    assert created["status"] == "aktiv"
    assert created["preferred_diagnoses"] == ["F32", "F41.1"]
    assert created["telefonische_erreichbarkeit"] == {
        "monday": [{"start": "10:00", "end": "12:00"}]
    }


def test_known_procedures_are_translated_and_unknown_ones_kept(api: FlaskClient) -> None:
    assert _create(api)["psychotherapieverfahren"] == ["Verhaltenstherapie", "Klangschalentherapie"]


def test_lists_hold_each_word_once_and_a_bare_host_is_a_page(api: FlaskClient) -> None:
    created = _create(
        api,
        psychotherapieverfahren=["VT", "Verhaltenstherapie", "Klangschalentherapie"],
        fremdsprachen=["Türkisch", "Polnisch", "türkisch"],
        preferred_diagnoses=["F32.1", "f32.1"],
        webseite="www.praxis-null.example/aachen",
    )

    assert created["psychotherapieverfahren"] == ["Verhaltenstherapie", "Klangschalentherapie"]
    assert created["fremdsprachen"] == ["Türkisch", "Polnisch"]
    assert created["preferred_diagnoses"] == ["F32.1"]
    assert created["webseite"] == "https://www.praxis-null.example/aachen"


def test_what_nobody_said_is_unknown_and_not_no(api: FlaskClient) -> None:
    answer = api.post("/api/v2/therapists", json={"vorname": "Kim", "nachname": "Lee"})

    unknown = ("kassensitz", "geschlecht", "altersgruppe", "group_therapy_preference")
    assert [(answer.json or {})[name] for name in unknown] == [None] * 4


def test_a_therapist_without_a_postcode_has_no_place(api: FlaskClient) -> None:
    created = _create(api, plz=None)

    assert (created["place_status"], created["latitude"]) == ("unknown", None)


def test_a_place_is_asked_of_the_geocoding_service(api: FlaskClient, neighbour: Any) -> None:
    neighbour.answers["/api/v2/places/batch-get"] = lambda body: {
        "data": [{"plz": body["ids"][0], "latitude": 50.8, "longitude": 6.1, "status": "exact"}],
        "missing": [],
    }

    created = _create(api)

    assert (created["place_status"], created["latitude"]) == ("exact", 50.8)


def test_a_place_that_nobody_could_be_asked_for_is_pending(api: FlaskClient) -> None:
    assert _create(api)["place_status"] == "pending"


def test_the_first_day_of_a_block_is_today_unless_staff_say_otherwise(api: FlaskClient) -> None:
    blocked = _patch(api, _create(api), status="gesperrt", sperrgrund="Praxis geschlossen").json
    dated = _create(api, status="gesperrt", sperrdatum="2026-01-02")
    freed = _patch(api, blocked, status="aktiv").json

    assert blocked["sperrdatum"] is not None
    assert dated["sperrdatum"] == "2026-01-02"
    assert (freed["sperrgrund"], freed["sperrdatum"]) == (None, None)


def test_a_put_cannot_leave_a_block_without_its_date(api: FlaskClient) -> None:
    blocked = _create(api, status="gesperrt", sperrdatum="2026-01-02")
    body = {"vorname": "Anna", "nachname": "Blau"}

    path, etag = f"/api/v2/therapists/{blocked['id']}", {"If-Match": '"1"'}
    replaced = api.put(path, json=body, headers=etag).json or {}

    assert (replaced["nachname"], replaced["email"]) == ("Blau", None)
    assert replaced["status"] == "gesperrt"
    assert replaced["sperrdatum"] is not None


def test_every_change_is_told_with_what_matching_selects_by(
    api: FlaskClient, database: Any
) -> None:
    created = _create(api)
    blocked = _patch(api, created, status="gesperrt", sperrgrund="krank").json
    freed = _patch(api, blocked, status="aktiv").json
    _patch(api, freed, kein_kontakt={"date": "2026-11-01", "channel": "email"})

    told = _told(database)

    assert [(e["type"], e["version"], e["status"], e["reason"]) for e in told] == [
        ("therapist.created", 1, "aktiv", None),
        ("therapist.blocked", 2, "gesperrt", "blocked"),
        ("therapist.unblocked", 3, "aktiv", None),
        ("therapist.blocked", 4, "aktiv", "opted_out"),
    ]
    assert told[0]["psychotherapieverfahren"] == ["Verhaltenstherapie", "Klangschalentherapie"]
    assert {e["subject"] for e in told} == {str(created["id"])}


def test_events_carry_neither_name_nor_contact_nor_reason_in_words(
    api: FlaskClient, database: Any
) -> None:
    _patch(api, _create(api), status="gesperrt", sperrgrund="krank")

    events = str(_told(database))

    for secret in ("Anna", "Null", "example.org", "4710123", "krank"):
        assert secret not in events


@pytest.mark.parametrize("role", ["staff", "admin"])
def test_people_never_see_the_key_of_a_mailbox(api: FlaskClient, issuer: Issuer, role: str) -> None:
    therapist_id, user = _create(api)["id"], issuer.bearer(role)

    one = api.get(f"/api/v2/therapists/{therapist_id}", headers=user)
    listed = api.get("/api/v2/therapists", headers=user)
    batch = api.post("/api/v2/therapists/batch-get", json={"ids": [therapist_id]}, headers=user)
    v1 = api.get("/api/therapists", headers=user)

    for answer in (one, listed, batch, v1):
        assert answer.status_code == 200
        assert "mailbox_key" not in answer.get_data(as_text=True)


def test_services_see_the_key_of_a_mailbox(api: FlaskClient, issuer: Issuer) -> None:
    therapist_id, service = _create(api)["id"], issuer.bearer("service", subject="matching-service")

    one = api.get(f"/api/v2/therapists/{therapist_id}", headers=service).json or {}
    listed = api.get("/api/v2/therapists", headers=service).json or {}
    batch = api.post("/api/v2/therapists/batch-get", json={"ids": [therapist_id]}, headers=service)

    assert len(one["mailbox_key"]) == 64
    assert listed["data"] == [one]
    assert (batch.json or {})["data"] == [one]


def _key(api: FlaskClient, issuer: Issuer, therapist_id: int) -> str:
    answer = api.get(f"/api/v2/therapists/{therapist_id}", headers=issuer.bearer("service"))
    return str((answer.json or {})["mailbox_key"])


def test_who_shares_an_address_shares_a_mailbox(api: FlaskClient, issuer: Issuer) -> None:
    by_email = _create(api, email="praxis@example.org", telefon=None)["id"]
    same_email = _create(api, email="PRAXIS@EXAMPLE.org", telefon="0221 4710124")["id"]
    by_phone = _create(api, email=None, telefon="0221 4710125")["id"]
    same_phone = _create(api, email="", telefon="+49 221 4710125")["id"]
    alone, also_alone = (_create(api, email=None, telefon=None)["id"] for _ in range(2))

    keys = [_key(api, issuer, i) for i in (by_email, by_phone, alone, also_alone)]

    assert len(set(keys)) == 4
    assert _key(api, issuer, same_email) == keys[0]
    assert _key(api, issuer, same_phone) == keys[1]


def test_the_mailbox_changes_with_the_address_and_with_nothing_else(
    api: FlaskClient, issuer: Issuer
) -> None:
    created = _create(api)
    key = _key(api, issuer, created["id"])

    moved = _patch(api, created, strasse="Markt 1", telefon="0221 4710999").json
    key_after_moving = _key(api, issuer, created["id"])
    _patch(api, moved, email="neu@example.org")

    assert key_after_moving == key
    assert _key(api, issuer, created["id"]) != key


def test_a_batch_names_who_is_missing(api: FlaskClient) -> None:
    there = _create(api)["id"]

    answer = api.post("/api/v2/therapists/batch-get", json={"ids": [there, 4711, there]})

    assert [t["id"] for t in (answer.json or {})["data"]] == [there]
    assert (answer.json or {})["missing"] == [4711]


def test_a_batch_holds_at_most_500(api: FlaskClient) -> None:
    answer = api.post("/api/v2/therapists/batch-get", json={"ids": list(range(1, 502))})

    assert answer.status_code == 422
    assert (answer.json or {})["errors"][0]["field"] == "ids"


def test_lists_can_be_narrowed(api: FlaskClient) -> None:
    aachen = _create(api, plz="52062")["id"]
    koeln = _create(api, plz="50667", status="inaktiv")["id"]

    def ids(query: str) -> list[int]:
        return [t["id"] for t in (api.get(f"/api/v2/therapists?{query}").json or {})["data"]]

    assert ids("plz_prefix=52") == [aachen]
    assert ids("status=inaktiv") == [koeln]
    assert ids(f"after_id={aachen}") == [koeln]
    assert ids("sort=-created_at") == [koeln, aachen]
    assert ids("plz_prefix=%25") == []


def test_a_patch_needs_the_etag_that_was_last_read(api: FlaskClient) -> None:
    created = _create(api)
    path = f"/api/v2/therapists/{created['id']}"

    missing = api.patch(path, json={"ort": "Aachen"})
    fresh = _patch(api, created, ort="Aachen")
    stale = _patch(api, created, ort="Köln")

    assert (missing.status_code, fresh.status_code, stale.status_code) == (428, 200, 412)
    assert fresh.headers["ETag"] == '"2"'


def test_the_same_post_with_the_same_key_has_one_effect(api: FlaskClient) -> None:
    key = {"Idempotency-Key": "anna-1"}

    first = api.post("/api/v2/therapists", json=ANNA, headers=key)
    again = api.post("/api/v2/therapists", json=ANNA, headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert (api.get("/api/v2/therapists").json or {})["total"] == 1


@pytest.mark.parametrize(
    ("body", "fields", "code"),
    [
        ({"nachname": None}, ["nachname"], "null"),
        ({"plz": 52062}, ["plz"], "wrong_type"),
        ({"email": "auf Anfrage"}, ["email"], "wrong_format"),
        ({"kassensitz": "false"}, ["kassensitz"], "wrong_type"),
        ({"geschlecht": "Frau"}, ["geschlecht"], "unknown_value"),
        ({"status": "weg"}, ["status"], "unknown_value"),
        ({"preferred_diagnoses": ["Angst"]}, ["preferred_diagnoses[0]"], "wrong_format"),
        ({"fremdsprachen": None}, ["fremdsprachen"], "null"),
        ({"webseite": "javascript:alert(1)"}, ["webseite"], "wrong_format"),
        ({"webseite": "ftp://praxis.example"}, ["webseite"], "wrong_format"),
        ({"preferred_diagnoses": ["F32"] * 101}, ["preferred_diagnoses"], "too_long"),
        ({"letzter_kontakt_telefon": "2199-01-01"}, ["letzter_kontakt_telefon"], "in_the_future"),
        (
            {"kein_kontakt": {"date": "2199-01-01", "channel": "phone"}},
            ["kein_kontakt.date"],
            "in_the_future",
        ),
        ({"age_min": -1}, ["age_min"], "out_of_range"),
        ({"age_max": 121}, ["age_max"], "out_of_range"),
        ({"age_min": 40, "age_max": 30}, ["age_min", "age_max"], "no_age_fits"),
        ({"working_hours": {"Mo": ["9:00"]}}, ["working_hours.Mo[0]"], "not_a_slot"),
        ({"kein_kontakt": {"date": "2026-11-01"}}, ["kein_kontakt.channel"], "required"),
        ({"next_contactable_date": "2026-12-01"}, ["next_contactable_date"], "unknown_field"),
        ({"last_contact_date": "2026-12-01"}, ["last_contact_date"], "unknown_field"),
        ({"mailbox_key": "a" * 64}, ["mailbox_key"], "unknown_field"),
    ],
)  # fmt: skip
def test_a_wrong_or_read_only_field_is_named_and_nothing_is_written(
    api: FlaskClient, body: dict[str, Any], fields: list[str], code: str
) -> None:
    answer = api.post("/api/v2/therapists", json={**ANNA, **body})

    assert answer.status_code == 422
    assert [e["field"] for e in (answer.json or {})["errors"]] == fields
    assert {e["code"] for e in (answer.json or {})["errors"]} == {code}
    assert (api.get("/api/v2/therapists").json or {})["total"] == 0


def test_a_patch_of_one_age_is_measured_against_the_other(api: FlaskClient) -> None:
    answer = _patch(api, _create(api, age_min=40), age_max=30)

    assert [e["field"] for e in answer.json["errors"]] == ["age_min", "age_max"]


def test_whoever_has_the_wrong_role_is_turned_away(api: FlaskClient, issuer: Issuer) -> None:
    service = issuer.bearer("service")

    assert api.post("/api/v2/therapists", json=ANNA, headers=service).status_code == 403
    assert api.get("/api/v2/scraper-imports", headers=service).status_code == 403
    assert api.get("/api/v2/therapists", headers={"Authorization": ""}).status_code == 401


def test_v1_answers_in_its_own_shape_and_announces_its_end(api: FlaskClient) -> None:
    created = api.post("/api/therapists", json=ANNA)
    path = f"/api/v1/therapists/{(created.json or {})['id']}"
    changed = api.put(path, json={"status": "gesperrt"})
    listed = api.get("/api/v1/therapists?status=gesperrt")
    missing = api.get("/api/therapists/99999")

    assert created.status_code == 201
    assert (changed.json or {})["sperrdatum"] is not None
    assert [t["nachname"] for t in listed.json or []] == ["Null"]
    assert (missing.status_code, missing.json) == (404, {"message": "Therapist not found"})
    assert listed.headers["Deprecation"] == "@1796083200"
