"""v1's placement requests: their old shape, under the new laws."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from matching_service.app import create_app
from matching_service.consumers import HANDLERS
from matching_service.use_cases.placement_requests import create_placement_request
from shared.contracts.berlin import berlin_day
from shared.contracts.event_types import EVENT_TYPES
from shared.events.envelope import Event
from tests.issuer import Issuer
from tests.matching_service.conftest import deadlocks
from tests.matching_service.neighbours import Neighbours
from tests.matching_service.world import World

REQUESTS = "/api/v1/placement-requests"
ROUNDS = 6
TODAY = berlin_day(datetime.now(UTC))
SHAPE = {
    "id",
    "patient_id",
    "therapist_id",
    "status",
    "created_at",
    "email_contact_date",
    "phone_contact_date",
    "response",
    "response_date",
    "next_contact_after",
    "priority",
    "notes",
}


@pytest.fixture
def people(world: World) -> World:
    """Patients 1 and 2, therapists 1 and 2, each with a mailbox of their own."""
    for number in (1, 2):
        world.add_patient(number)
        world.add_therapist(number)
    return world


def _request(world: World, patient: int, therapist: int, **fields: Any) -> int:
    given = {"patient_id": patient, "therapist_id": therapist, "priority": 1, **fields}
    with world.database.transaction() as session:
        return create_placement_request(
            session, given, cooling_days=28, actor="staff1", now=datetime.now(UTC)
        ).id


def _put(api: FlaskClient, request_id: int, **changes: Any) -> dict[str, Any]:
    answer = api.put(f"{REQUESTS}/{request_id}", json=changes)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    changed: dict[str, Any] = answer.get_json()
    return changed


def _search(api: FlaskClient, search_id: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/api/v2/patient-searches/{search_id}").get_json()
    return found


def _cooling(api: FlaskClient) -> list[tuple[list[int], str]]:
    page = api.get("/api/v2/staff/cooling-periods?active=true").get_json()
    return [(one["therapist_ids"], one["next_contactable_date"]) for one in page["data"]]


def test_a_request_is_made_read_changed_and_deleted_in_the_old_shape(
    database: Any, issuer: Issuer
) -> None:
    with ExitStack() as until_end:
        neighbours = Neighbours(database, issuer, until_end)
        patient = neighbours.add(neighbours.patients)
        therapist = neighbours.add(neighbours.therapists)
        neighbours.let_matching_hear()
        app = create_app(neighbours.config)
        until_end.callback(app.extensions["door"].database.dispose)
        api = app.test_client()
        api.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer()["Authorization"]

        made = api.post(REQUESTS, json={"patient_id": patient, "therapist_id": therapist})
        unknown = api.post(REQUESTS, json={"patient_id": 999, "therapist_id": 998})

    assert made.status_code == 201
    created = made.get_json()
    assert created.keys() == SHAPE
    assert (created["status"], created["priority"]) == ("offen", 1)
    assert unknown.status_code == 400
    assert unknown.get_json() == {
        "message": "patient_id: Gibt es nicht.; therapist_id: Gibt es nicht."
    }


def test_filters_go_together_and_lists_are_bare_arrays(api: FlaskClient, people: World) -> None:
    first, second = _request(people, 1, 1), _request(people, 1, 2, status="in_bearbeitung")
    third = _request(people, 2, 2)

    def ids(query: str) -> list[int]:
        return [one["id"] for one in api.get(f"/api/placement-requests?{query}").get_json()]

    assert ids("") == [first, second, third]
    assert ids("patient_id=1") == [first, second]
    assert ids("therapist_id=2&status=offen") == [third]
    assert ids("limit=1&page=2") == [second]
    assert ids("page=9") == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("get", f"{REQUESTS}/1", None, 404, "Placement request not found"),
        ("put", f"{REQUESTS}/1", {}, 404, "Placement request not found"),
        ("delete", f"{REQUESTS}/1", None, 404, "Placement request not found"),
        ("get", f"{REQUESTS}?status=closed", None, 400, "status"),
        ("put", f"{REQUESTS}/1", {"status": "fertig"}, 400, "status"),
        ("post", REQUESTS, {"patient_id": 1}, 400, "therapist_id"),
    ],
)
def test_what_is_wrong_is_named(
    api: FlaskClient, method: str, path: str, body: Any, status: int, message: str
) -> None:
    answer = getattr(api, method)(path, **({"json": body} if body is not None else {}))

    assert answer.status_code == status
    assert answer.get_json()["message"].startswith(message)


def test_angenommen_takes_the_place_of_the_search_and_cools_the_practice(
    api: FlaskClient, people: World
) -> None:
    search = people.add_search(1)
    request = _request(people, 1, 2)

    changed = _put(api, request, status="angenommen", response="Ab März")

    assert (changed["status"], changed["response"]) == ("angenommen", "Ab März")
    assert changed["next_contact_after"] == (TODAY + timedelta(days=28)).isoformat()
    after = _search(api, search)
    assert (after["status"], after["accepted_therapist_id"]) == ("in_sessions", 2)
    assert _cooling(api) == [([2], changed["next_contact_after"])]


def test_angenommen_ends_the_search_in_every_bundle(api: FlaskClient, people: World) -> None:
    searches = [people.add_search(number) for number in (1, 2, 3)]
    people.add_therapist(3)
    order = {"therapist_ids": [1], "send": True}
    bundle = api.post("/api/v2/therapist-bundles/create", json=order).get_json()["bundles"][0]

    _put(api, _request(people, 1, 3), status="angenommen")

    rows = api.get(f"/api/v2/therapist-bundles/{bundle['id']}").get_json()["patients"]
    by_search = {row["search_id"]: row["status"] for row in rows}
    assert by_search == dict(zip(searches, ["withdrawn", "pending", "pending"], strict=True))


def test_a_second_angenommen_is_a_conflict_and_not_an_error(
    api: FlaskClient, people: World, database: Any
) -> None:
    search = people.add_search(1)
    winner, loser = _request(people, 1, 1), _request(people, 1, 2)

    _put(api, winner, status="angenommen")
    _put(api, loser, status="angenommen")

    assert _search(api, search)["accepted_therapist_id"] == 1
    with database.engine(database.url("matching_service")).connect() as rows:
        conflicts = rows.execute(text("SELECT kind, platzsuche_id, state FROM conflict")).all()
    assert conflicts == [("conflict", search, "open")]
    assert len(_cooling(api)) == 2


def test_abgelehnt_cools_and_leaves_the_search_as_it_is(api: FlaskClient, people: World) -> None:
    search = people.add_search(1)

    _put(api, _request(people, 1, 1), status="abgelehnt")

    after = _search(api, search)
    assert (after["status"], after["excluded_therapists"]) == ("active", [])
    assert [ids for ids, _ in _cooling(api)] == [[1]]


def test_an_answer_for_a_patient_without_a_search_cools_all_the_same(
    api: FlaskClient, people: World
) -> None:
    _put(api, _request(people, 1, 1), status="angenommen")

    assert [ids for ids, _ in _cooling(api)] == [[1]]


def test_a_used_up_budget_does_not_stand_in_the_way_of_a_true_answer(
    api: FlaskClient, people: World
) -> None:
    search = people.add_search(1, budget=1)
    for therapist in (1, 2):
        _put(api, _request(people, 1, therapist), status="abgelehnt")

    after = _search(api, search)
    assert (after["used_contacts"], after["total_requested_contacts"]) == (2, 2)


def test_the_day_of_the_answer_counts_and_may_not_lie_ahead(
    api: FlaskClient, people: World
) -> None:
    request = _request(people, 1, 1)
    ahead = {"status": "abgelehnt", "response_date": (TODAY + timedelta(days=1)).isoformat()}
    earlier = TODAY - timedelta(days=10)

    refused = api.put(f"{REQUESTS}/{request}", json=ahead)
    assert refused.status_code == 400
    assert refused.get_json()["message"].startswith("response_date")

    changed = _put(api, request, status="abgelehnt", response_date=earlier.isoformat())
    assert changed["next_contact_after"] == (earlier + timedelta(days=28)).isoformat()


@pytest.mark.parametrize("given", ["angenommen", "abgelehnt"])
def test_what_was_answered_is_not_taken_back_but_the_rest_may_change(
    api: FlaskClient, people: World, given: str
) -> None:
    people.add_search(1)
    request = _request(people, 1, 1)
    _put(api, request, status=given)

    for other in {"offen", "in_bearbeitung", "angenommen", "abgelehnt"} - {given}:
        assert api.put(f"{REQUESTS}/{request}", json={"status": other}).status_code == 409
    again = _put(api, request, status=given, notes="ruft zurück")

    assert (again["status"], again["notes"]) == (given, "ruft zurück")
    assert len(_cooling(api)) == 1


def test_patient_and_therapist_of_a_request_stay(api: FlaskClient, people: World) -> None:
    request = _request(people, 1, 1)

    assert api.put(f"{REQUESTS}/{request}", json={"patient_id": 2}).status_code == 400
    assert _put(api, request, patient_id=1, priority=3)["priority"] == 3


def _hear(world: World, api: FlaskClient, kind: str, key: int, **data: int) -> None:
    now = datetime.now(UTC)
    topic = EVENT_TYPES[kind].topic
    event = Event(uuid4(), kind, topic, str(key), "/test", now, {"version": 2, **data})
    with world.database.transaction() as session:
        HANDLERS.react(session, event, api.application.extensions["door"].wiring, now)


def test_a_deleted_patient_takes_the_requests_along(api: FlaskClient, people: World) -> None:
    _request(people, 1, 1)
    other = _request(people, 2, 1)

    _hear(people, api, "patient.deleted", 1, patient_id=1)

    assert [one["id"] for one in api.get(REQUESTS).get_json()] == [other]


@pytest.mark.parametrize(
    ("kind", "why"),
    [("therapist.blocked", "Therapeut gesperrt"), ("therapist.deleted", "Therapeut gelöscht")],
)
def test_a_lost_therapist_ends_what_is_open_without_cooling(
    api: FlaskClient, people: World, kind: str, why: str
) -> None:
    open_, elsewhere = _request(people, 1, 1, status="in_bearbeitung"), _request(people, 1, 2)
    answered = _request(people, 2, 1)
    _put(api, answered, status="angenommen", response="gern")
    cooling = _cooling(api)

    _hear(people, api, kind, 1, therapist_id=1)

    found = {one["id"]: (one["status"], one["response"]) for one in api.get(REQUESTS).get_json()}
    assert found == {
        open_: ("abgelehnt", why),
        elsewhere: ("offen", None),
        answered: ("angenommen", "gern"),
    }
    assert _cooling(api) == cooling


def _conflicts(database: Any) -> int:
    with database.engine(database.url("matching_service")).connect() as rows:
        return int(rows.scalar(text("SELECT count(*) FROM conflict")) or 0)


def _sent_bundle(api: FlaskClient, therapist: int) -> dict[str, Any]:
    order = {"therapist_ids": [therapist], "send": True}
    made = api.post("/api/v2/therapist-bundles/create", json=order).get_json()
    bundle: dict[str, Any] = made["bundles"][0]
    return bundle


def _all_accepted(bundle: dict[str, Any]) -> dict[str, Any]:
    asked = [row["search_id"] for row in bundle["patients"]]
    return {
        "responses": [{"search_id": one, "outcome": "accepted"} for one in asked],
        "channel": "phone",
    }


def test_one_yes_written_down_twice_is_no_conflict(
    api: FlaskClient, people: World, database: Any
) -> None:
    for number in (1, 2, 3):
        people.add_search(number)
    bundle = _sent_bundle(api, 1)

    _put(api, _request(people, 1, 1), status="angenommen")
    path = f"/api/v2/therapist-bundles/{bundle['id']}/response"
    answered = api.put(path, json=_all_accepted(bundle))

    assert answered.status_code == 200, answered.get_data(as_text=True)
    statuses = [row["status"] for row in answered.get_json()["bundle"]["patients"]]
    assert sorted(statuses) == ["accepted", "accepted", "withdrawn"]
    assert _conflicts(database) == 0


def test_a_yes_of_either_version_at_the_same_moment_is_one_place_and_one_conflict(
    api: FlaskClient, world: World, database: Any, issuer: Issuer
) -> None:
    app, headers = api.application, issuer.bearer()
    for number in range(ROUNDS):
        first = 10 * number + 1
        patients = [first, first + 1, first + 2]
        # Every round lives somewhere else, so that nobody else is in its bundle.
        place: dict[str, Any] = {"latitude": 48.0 + number, "longitude": 8.0 + number / 2}
        for patient in patients:
            world.add_search(patient, **place)
        for therapist in (first, first + 1):
            world.add_therapist(therapist, **place)
        bundle = _sent_bundle(api, first)
        request = _request(world, first, first + 1)
        ways = (
            (f"/api/v2/therapist-bundles/{bundle['id']}/response", _all_accepted(bundle)),
            (f"{REQUESTS}/{request}", {"status": "angenommen"}),
        )

        def put(way: tuple[str, Any]) -> int:
            return app.test_client().put(way[0], json=way[1], headers=headers).status_code

        with ThreadPoolExecutor(2) as both:
            assert list(both.map(put, ways)) == [200, 200]

    assert _conflicts(database) == ROUNDS
    assert deadlocks(database) == 0
