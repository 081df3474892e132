"""Whoever sends back what they have read changes nothing, and takes nothing over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from therapist_service.gateways.files import StorageUnavailable
from therapist_service.gateways.folder import Folder

ADA = {
    "basic_info": {"first_name": "Ada", "last_name": "Lee"},
    "location": {"postal_code": "52062"},
    "contact": {"email": "mailto:ada@example.org", "fax": "keine"},
}


def _only(api: FlaskClient, version: str) -> dict[str, Any]:
    listed: Any = api.get(f"/api{version}/therapists").get_json()
    one: dict[str, Any] = (listed["data"] if version == "/v2" else listed)[0]
    return one


@pytest.mark.parametrize("version", ["", "/v2"])
def test_a_therapist_gone_from_the_directory_is_taken_up_again_all_the_same(
    api: FlaskClient, scraper: Any, import_files: Callable[[], int], version: str
) -> None:
    scraper.lay({"additions": [ADA]}, "therapists_20261101_030000.json")
    scraper.lay({"deletions": [ADA]}, "therapists_20261102_030000.json")
    import_files()
    read = _only(api, version)
    assert read["status"] == "inaktiv"

    path = f"/api{version}/therapists/{read['id']}"
    headers = {"If-Match": f'"{read.get("version")}"'}
    sent = api.put(path, json={**read, "notes": "ruft zurück"}, headers=headers)
    scraper.lay({"additions": [ADA]}, "therapists_20261103_030000.json")
    import_files()

    assert sent.status_code == 200, sent.get_data(as_text=True)
    assert _only(api, version)["status"] == "aktiv"


@pytest.mark.parametrize("version", ["", "/v2"])
def test_who_says_nothing_new_takes_nobody_s_etag_away_and_nobody_is_told(
    api: FlaskClient, database: Any, version: str
) -> None:
    said = {"vorname": "Ada", "nachname": "Lee", "fremdsprachen": ["Polnisch"], "plz": "52062"}
    entered = api.post("/api/v2/therapists", json=said)
    path = f"/api{version}/therapists/{(entered.json or {})['id']}"
    etag = {"If-Match": entered.headers["ETag"]}
    read = api.get(path).json or {}

    sent = api.put(path, json={**read, "fremdsprachen": ["Polnisch", "polnisch"]}, headers=etag)
    again = api.patch(path.replace("/api/t", "/api/v2/t"), json={"ort": None}, headers=etag)

    assert (sent.status_code, sent.json) == (200, read)
    assert (again.status_code, again.headers["ETag"]) == (200, etag["If-Match"])
    with database.engine(database.url("therapist_service")).connect() as session:
        assert session.scalar(text("SELECT count(*) FROM outbox")) == 1


def test_what_was_answered_to_a_post_can_be_put_back(api: FlaskClient) -> None:
    said = {"vorname": "Ada", "nachname": "Lee", "plz": "52062"}
    api.post("/api/v2/therapists", json=said)
    entered = api.post("/api/v2/therapists", json=said)
    created: dict[str, Any] = entered.json or {}
    path, etag = f"/api/v2/therapists/{created['id']}", {"If-Match": entered.headers["ETag"]}

    put = api.put(path, json=created, headers=etag)

    assert created["likely_duplicates"], "a warning comes along, and may stay in it"
    assert (put.status_code, put.headers["ETag"]) == (200, etag["If-Match"]), put.json


STRANGE: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({}, {"email": "ada@example.org", "fax": None}, "unusable_fax"),
    ({"email": "MAILTO: ada@example.org?subject=Anfrage"}, {"email": "ada@example.org"}, None),
    ({"email": "(ada@example.org)"}, {"email": None}, "unusable_email"),
    ({"email": "ada@example.org)"}, {"email": None}, "unusable_email"),
    ({"email": "E-Mail:ada@example.org"}, {"email": None}, "unusable_email"),
    ({"phone": "0221 4710123" + " " * 40 + "7"}, {"telefon": None}, "unusable_phone"),
]


@pytest.mark.parametrize(("contact", "stored", "remark"), STRANGE)
def test_what_the_import_stores_our_own_door_takes(
    api: FlaskClient,
    scraper: Any,
    import_files: Callable[[], int],
    contact: dict[str, Any],
    stored: dict[str, Any],
    remark: str | None,
) -> None:
    entry = {**ADA, "contact": contact or ADA["contact"]}
    scraper.lay({"additions": [entry]}, "therapists_20261101_030000.json")
    import_files()
    read = _only(api, "")
    [done] = (api.get("/api/v2/scraper-imports").json or {})["data"]

    assert {name: read[name] for name in stored} == stored
    assert [one["code"] for one in done["remarks"]] == ([remark] if remark else [])
    assert api.put(f"/api/therapists/{read['id']}", json=read).status_code == 200


@pytest.mark.parametrize("end", [")", ",", ":", "/", "?subject=Anfrage", "..example"])
def test_what_nobody_can_write_to_is_no_address(api: FlaskClient, end: str) -> None:
    body = {"vorname": "Ada", "nachname": "Lee", "email": f"ada@example.org{end}"}

    answer = api.post("/api/v2/therapists", json=body)

    assert (answer.status_code, (answer.json or {})["errors"][0]["field"]) == (422, "email")


def test_a_folder_that_cannot_be_read_is_no_empty_folder(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("{}")

    with pytest.raises(StorageUnavailable, match="NotADirectoryError"):
        Folder(no_folder).found()
    assert Folder(tmp_path / "not there yet").found() == []
