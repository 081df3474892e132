"""Two rows turn out to be one therapist."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from shared.db import Database
from therapist_service.storage.queries import known_near

THERAPISTS = "/api/v2/therapists"
WHY = "beide unter einer Adresse"


@pytest.fixture
def create(api: FlaskClient, neighbour: Any) -> Any:
    """The id of a new therapist, at whom no inquiry is open unless a test says otherwise."""

    def run(**fields: Any) -> int:
        body = {"vorname": "Kim", "nachname": "Lee", **fields}
        therapist_id = int((api.post(THERAPISTS, json=body).json or {})["id"])
        _open_at(neighbour, therapist_id, [])
        return therapist_id

    return run


def _open_at(neighbour: Any, therapist_id: int, bundles: Sequence[int]) -> None:
    path = f"/api/v2/therapist-bundles?therapist_id={therapist_id}&open=true"
    neighbour.answers[path] = lambda _: {"data": [{"id": one} for one in bundles]}


def _merge(api: FlaskClient, survivor: int, duplicate: int, way: str = "merge", **more: Any) -> Any:
    body = {"duplicate_id": duplicate, "reason": WHY}
    return api.post(f"{THERAPISTS}/{survivor}/{way}", json=body, **more)


def _read(api: FlaskClient, therapist_id: int, more: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = api.get(f"{THERAPISTS}/{therapist_id}{more}").json or {}
    return answer


def _told(database: Any) -> list[Any]:
    engine = database.engine(database.url("therapist_service"))
    with engine.connect() as session:
        return list(session.scalars(text("SELECT body FROM outbox ORDER BY id")))


def test_the_survivor_is_completed_and_takes_over_what_was_written_down(
    api: FlaskClient, create: Any, database: Any
) -> None:
    survivor = create(email="kim@example.org", fremdsprachen=["Polnisch"], notes="alt")
    opt_out = {"date": "2026-11-01", "channel": "phone"}
    duplicate = create(telefon="0221 4710123", fremdsprachen=["Türkisch"], kein_kontakt=opt_out)
    call = {"channel": "phone", "direction": "incoming", "note": "kein Kontakt mehr"}
    api.post(f"{THERAPISTS}/{duplicate}/contacts", json=call)

    preview = _merge(api, survivor, duplicate, "merge/preview")
    before = _read(api, survivor), _read(api, duplicate)
    merged = _merge(api, survivor, duplicate)

    assert (preview.status_code, merged.status_code) == (200, 200)
    assert all(one.get("vorname") for one in before), "a preview writes nothing"
    changed = ("updated_at", "version")
    assert {**(preview.json or {}), **{n: merged.json[n] for n in changed}} == merged.json
    assert merged.headers["ETag"] == f'"{merged.json["version"]}"'
    kept = {name: merged.json[name] for name in ("email", "telefon", "notes", "kein_kontakt")}
    assert kept == {
        "email": "kim@example.org",
        "telefon": "0221 4710123",
        "notes": "alt",
        "kein_kontakt": opt_out,
    }
    assert merged.json["fremdsprachen"] == ["Polnisch", "Türkisch"]
    assert merged.json["letzter_kontakt_telefon"] is not None
    assert [one["note"] for one in _read(api, survivor, "/contacts")["data"]] == [call["note"]]
    assert len(_read(api, survivor, "/history")["data"]) == 2, "the duplicate's and the survivor's"
    last = _told(database)[-2:]
    assert [(one["type"], one["subject"]) for one in last] == [
        ("therapist.blocked", str(survivor)),
        ("therapist.deleted", str(duplicate)),
    ]
    assert last[1]["data"]["merged_into"] == survivor


def test_who_asks_for_a_merged_therapist_is_told_the_survivor(
    api: FlaskClient, create: Any
) -> None:
    first, second, third = (create() for _ in range(3))
    _merge(api, second, first)
    _merge(api, third, second)
    path, body = f"{THERAPISTS}/{first}", {"channel": "phone", "direction": "incoming"}

    answers = [
        api.get(path),
        api.patch(path, json={"ort": "Köln"}, headers={"If-Match": '"1"'}),
        api.post(f"{path}/contacts", json=body),
        _merge(api, third, first),
        _merge(api, first, third, "merge/preview"),
    ]

    gone = _read(api, third, "/merged")["data"]
    assert [(one["therapist_id"], one["reason"]) for one in gone] == [(first, WHY), (second, WHY)]
    assert {one["merged_by"] for one in gone} == {"staff1"}
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.json["merged_into"] for answer in answers} == {third}
    v1 = api.get(f"/api/v1/therapists/{first}")
    assert (v1.status_code, v1.json) == (404, {"message": "Therapist not found"})
    nobody = api.get(f"{THERAPISTS}/4711").json or {}
    assert "merged_into" not in nobody


def test_a_duplicate_with_an_open_inquiry_is_not_merged_and_the_inquiry_named(
    api: FlaskClient, create: Any, neighbour: Any
) -> None:
    survivor, duplicate = create(), create()
    _open_at(neighbour, survivor, [87])
    _open_at(neighbour, duplicate, [88])

    refused = _merge(api, survivor, duplicate)
    _open_at(neighbour, duplicate, [])

    assert (refused.status_code, refused.json["bundle_id"]) == (409, 88)
    assert refused.json["type"] == "/problems/therapist-in-use"
    assert _merge(api, survivor, duplicate).status_code == 200, "the survivor's own may be open"


def test_while_matching_is_silent_nobody_is_merged(
    api: FlaskClient, create: Any, neighbour: Any
) -> None:
    survivor, duplicate = create(), create()
    neighbour.answers.clear()

    refused = _merge(api, survivor, duplicate)

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert _read(api, duplicate)["version"] == 1


def test_nobody_is_merged_with_themselves_or_without_a_reason(
    api: FlaskClient, create: Any
) -> None:
    one, other = create(), create()
    path = f"{THERAPISTS}/{one}/merge"

    answers = [
        _merge(api, one, one),
        _merge(api, one, one, "merge/preview"),
        api.post(path, json={"duplicate_id": other, "reason": " "}),
    ]

    assert [(a.status_code, a.json["errors"][0]["field"]) for a in answers] == [
        (422, "duplicate_id"),
        (422, "duplicate_id"),
        (422, "reason"),
    ]


def test_the_same_merge_with_the_same_key_is_answered_again(api: FlaskClient, create: Any) -> None:
    survivor, duplicate = create(), create()
    key = {"Idempotency-Key": "merge-1"}

    first, again = (_merge(api, survivor, duplicate, headers=key) for _ in range(2))

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json == again.json


def test_of_two_merges_in_opposite_directions_exactly_one_wins(
    api: FlaskClient, create: Any
) -> None:
    for _ in range(5):
        one, other = create(), create()
        together = Barrier(2)

        def merge(survivor: int, duplicate: int, start: Barrier = together) -> int:
            client = api.application.test_client()
            client.environ_base = dict(api.environ_base)
            start.wait(timeout=10)
            return int(_merge(client, survivor, duplicate).status_code)

        with ThreadPoolExecutor() as threads:
            codes = list(threads.map(merge, (one, other), (other, one)))

        assert sorted(codes) == [200, 404]
        winner, loser = (one, other) if codes[0] == 200 else (other, one)
        assert _read(api, winner)["version"] == 2
        assert _read(api, loser)["merged_into"] == winner


def test_a_listing_of_a_merged_therapist_speaks_about_the_survivor(
    api: FlaskClient, create: Any, own_database: Database
) -> None:
    survivor = create(plz="52062", ort="Aachen")
    renamed = create(nachname="Lee-Muster", plz="10115", external_id="x-7", email="k@example.org")
    _merge(api, survivor, renamed)

    with own_database.transaction() as session:
        by_place = known_near(session, ["10115"], [])
        by_id = known_near(session, [], ["x-7"])
        both = known_near(session, ["52062", "10115"], ["x-7"])

    assert [(one.therapist_id, one.person.nachname) for one in by_place] == [
        (survivor, "lee muster")
    ]
    assert by_place[0].person.external_id == "x-7"
    assert by_place[0] in by_id
    assert {one.person.plz for one in both} == {"52062", "10115"}
    assert {one.therapist_id for one in both} == {survivor}


def test_with_the_survivor_goes_what_was_known_of_those_merged_into_it(
    api: FlaskClient, create: Any, database: Any
) -> None:
    survivor, duplicate = create(), create(nachname="Muster")
    _merge(api, survivor, duplicate)

    assert api.delete(f"{THERAPISTS}/{survivor}").status_code == 204

    with database.engine(database.url("therapist_service")).connect() as session:
        assert session.scalar(text("SELECT count(*) FROM merged_therapist")) == 0
    assert "merged_into" not in _read(api, duplicate)
