"""What an admin sees of parked events, and the two ways on."""

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.config import ServiceConfig
from shared.events import unparking
from shared.http.parked_events import PARKED_EVENT_ROUTES
from shared.http.service import ServiceParts, create_service_app
from tests.contracts.streams import wait_until
from tests.issuer import Issuer
from tests.shared.integration.inboxes import TOPIC, Inbox, event

PATH = "/api/v2/staff/parked-events"

SOMEBODY_WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"


@pytest.fixture
def api(ends: Any, issuer: Issuer) -> FlaskClient:
    """The listener's door; calls as admin."""
    oidc = {name: issuer.settings[name] for name in ("oidc_issuer", "oidc_jwks_url")}
    config = ServiceConfig(environment="test", database_url=ends.listener_url, **oidc)
    parts = ServiceParts("matching_service", PARKED_EVENT_ROUTES, {}, None)
    client = create_service_app(parts, config, ends.listener).test_client()
    bearer = issuer.bearer("admin", subject="anna")
    client.environ_base["HTTP_AUTHORIZATION"] = bearer["Authorization"]
    return client


@pytest.fixture
def stuck(inbox: Inbox) -> Inbox:
    """Two keys have failed; two events wait behind one of them."""
    inbox.ward.broken = {"7", "8"}
    inbox.receive(event("7"), event("8"), event("7", 2), event("7", 3))
    return inbox


def test_parked_keys_are_listed_with_what_failed_and_how_many_wait(
    api: FlaskClient, stuck: Inbox
) -> None:
    page = api.get(PATH).get_json()

    assert [(e["key"], e["waiting_behind"], e["attempts"]) for e in page["data"]] == [
        ("7", 2, 1),
        ("8", 0, 1),
    ]
    assert {(e["topic"], e["type"], e["error"]) for e in page["data"]} == {
        (TOPIC, "patient.updated", "ValueError")
    }
    assert (page["total"], page["next"]) == (2, None)


def test_a_parked_event_is_listed_without_its_data(api: FlaskClient, stuck: Inbox) -> None:
    assert set(api.get(PATH).get_json()["data"][0]) == {
        "id",
        "topic",
        "key",
        "event_id",
        "type",
        "error",
        "attempts",
        "next_attempt_at",
        "parked_at",
        "waiting_behind",
    }


def test_the_list_comes_in_pages(api: FlaskClient, stuck: Inbox) -> None:
    first = api.get(f"{PATH}?limit=1").get_json()
    second = api.get(f"{PATH}?limit=1&cursor={first['next']}").get_json()

    assert [e["key"] for e in first["data"] + second["data"]] == ["7", "8"]
    assert second["next"] is None


def test_a_retry_heals_every_key_in_the_order_of_its_events(api: FlaskClient, stuck: Inbox) -> None:
    stuck.ward.broken = set()
    assert stuck.consumer.retry_parked() == 0

    assert api.post(f"{PATH}/retry", json={}).get_json() == {"due": 4}
    assert stuck.consumer.retry_parked() == 4

    assert stuck.effects() == [("7", 1), ("8", 1), ("7", 2), ("7", 3)]
    assert stuck.parked() == []


def test_a_retry_may_be_for_one_key_only(api: FlaskClient, stuck: Inbox) -> None:
    stuck.ward.broken = set()

    assert api.post(f"{PATH}/retry", json={"topic": TOPIC, "key": "8"}).get_json() == {"due": 1}
    assert stuck.consumer.retry_parked() == 1
    assert stuck.effects() == [("8", 1)]


@pytest.mark.parametrize(("body", "missing"), [({"key": "7"}, "topic"), ({"topic": "t"}, "key")])
def test_half_a_key_is_refused_by_the_half_that_is_missing(
    api: FlaskClient, body: dict[str, str], missing: str
) -> None:
    assert _refused_fields(api.post(f"{PATH}/retry", json=body)) == [missing]


def test_a_hopeless_event_is_given_up_with_a_trace_and_its_key_goes_on(
    api: FlaskClient, stuck: Inbox
) -> None:
    trace = _discard(api, "7").get_json()

    assert (trace["key"], trace["discarded_by"]) == ("7", "anna")
    assert (trace["reason"], trace["error"]) == ("Patient gelöscht", "ValueError")
    assert stuck.rows("SELECT key, discarded_by, reason FROM discarded") == [
        ("7", "anna", "Patient gelöscht")
    ]
    stuck.ward.broken = set()
    stuck.retry()
    assert stuck.effects() == [("8", 1), ("7", 2), ("7", 3)]


def test_what_was_given_up_stays_so_when_everything_comes_again(
    api: FlaskClient, stuck: Inbox
) -> None:
    _discard(api, "8")
    stuck.ward.broken = {"7"}
    stuck.transport.rewind([TOPIC])

    stuck.receive()

    assert stuck.effects() == []
    assert [key for key, *_ in stuck.parked()] == ["7", "7", "7"]


def test_a_copy_that_was_given_up_stays_so_when_everything_comes_again(
    api: FlaskClient, projection: Inbox
) -> None:
    projection.ward.broken = {"7"}
    projection.receive(event("7"), event("7", 2))
    _discard(api, "7")
    projection.transport.rewind([TOPIC])

    projection.receive()

    assert [version for _, version, _ in projection.parked()] == [2]


def test_giving_up_twice_leaves_one_trace(api: FlaskClient, stuck: Inbox) -> None:
    parked_id = _id_of(api, "8")
    path = f"{PATH}/{parked_id}/discard"

    first = api.post(path, json={"reason": "Patient gelöscht"})
    second = api.post(path, json={"reason": "noch einmal"})

    assert first.status_code == second.status_code == 200
    assert first.get_json() == second.get_json()


def test_an_event_that_has_not_failed_itself_cannot_be_given_up(
    api: FlaskClient, stuck: Inbox
) -> None:
    (waiting,) = stuck.rows("SELECT max(id) FROM parked")[0]

    answer = api.post(f"{PATH}/{waiting}/discard", json={"reason": "weg damit"})

    assert (answer.status_code, answer.get_json()["why"]) == (409, "waiting")
    assert len(stuck.parked()) == 4


def test_an_event_that_is_not_parked_cannot_be_given_up(api: FlaskClient) -> None:
    assert api.post(f"{PATH}/1/discard", json={"reason": "weg damit"}).status_code == 404


def test_a_trace_cannot_be_changed_by_the_service(ends: Any) -> None:
    may = "SELECT has_table_privilege('matching_service.discarded', %s)"
    with ends.listener.engine.connect() as connection:
        allowed = [
            right
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
            if connection.exec_driver_sql(may, (right,)).scalar()
        ]
    assert allowed == ["SELECT", "INSERT"]


@pytest.mark.parametrize("path", [PATH, f"{PATH}/retry", f"{PATH}/1/discard"])
@pytest.mark.parametrize("role", ["staff", "service"])
def test_only_admins_look_at_parked_events(
    api: FlaskClient, issuer: Issuer, path: str, role: str
) -> None:
    ask = api.get if path == PATH else api.post

    assert ask(path, headers=issuer.bearer(role), json={"reason": "x"}).status_code == 403


def test_a_service_answers_only_to_its_own_name(api: FlaskClient, stuck: Inbox) -> None:
    assert api.get(f"{PATH}?service=matching-service").status_code == 200
    assert _refused_fields(api.get(f"{PATH}?service=patient-service")) == ["service"]
    elsewhere = api.post(f"{PATH}/retry?service=patient-service", json={})
    assert _refused_fields(elsewhere) == ["service"]


def _discard(api: FlaskClient, key: str) -> TestResponse:
    path = f"{PATH}/{_id_of(api, key)}/discard"
    answer = api.post(path, json={"reason": "Patient gelöscht"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer


def _id_of(api: FlaskClient, key: str) -> int:
    return next(int(e["id"]) for e in api.get(PATH).get_json()["data"] if e["key"] == key)


def _refused_fields(answer: TestResponse) -> list[str]:
    assert answer.status_code == 422
    return [error["field"] for error in answer.get_json()["errors"]]


def test_what_is_just_being_given_up_does_not_come_back_when_it_is_read_again(
    stuck: Inbox, ends: Any
) -> None:
    giving_up = ends.listener.session()
    ((first, *_), *_) = stuck.rows("SELECT id FROM parked ORDER BY id")
    unparking.discard(giving_up, first, actor="anna", reason="Patient gelöscht")
    stuck.transport.rewind([TOPIC])
    reading = threading.Thread(target=stuck.receive)
    reading.start()
    wait_until(lambda: stuck.rows(SOMEBODY_WAITS) == [(True,)])

    giving_up.commit()
    reading.join()

    assert stuck.rows("SELECT count(*) FROM parked JOIN discarded USING (event_id)") == [(0,)]
