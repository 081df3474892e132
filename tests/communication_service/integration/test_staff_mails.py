"""Staff write to a practice by hand: drafted, read, released, and sent at most once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.communication_service.integration.hostile_smtp import Manners, Postbox, Step
from tests.communication_service.integration.mails import read_message, text_of
from tests.communication_service.integration.written import ADDRESS, drafted, v1_mail, write
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker
from tests.issuer import Issuer


@pytest.fixture
def therapist(neighbourhood: Neighbourhood) -> int:
    return neighbourhood.therapist(email=ADDRESS)


@pytest.fixture
def staff_mail(api: FlaskClient, therapist: int) -> dict[str, Any]:
    return drafted(api, therapist, text="vielen Dank.\nBis bald\n\nWir melden uns.")


def path_of(mail: dict[str, Any]) -> str:
    return f"/api/v2/emails/{mail['id']}"


def release(api: FlaskClient, mail: dict[str, Any]) -> int:
    return api.post(f"{path_of(mail)}/release").status_code


def patch(api: FlaskClient, mail: dict[str, Any], **fields: Any) -> Any:
    tag = {"If-Match": f'"{mail["version"]}"'}
    return api.patch(path_of(mail), json=fields, headers=tag)


def slug_of(answer: Any) -> str:
    return str(answer.get_json()["type"]).removeprefix("/problems/")


def test_a_mail_by_hand_is_a_draft_in_the_houses_letter(
    api: FlaskClient, staff_mail: dict[str, Any]
) -> None:
    assert (staff_mail["state"], staff_mail["purpose"], staff_mail["created_by"]) == (
        "DRAFT",
        "staff_mail",
        "staff1",
    )
    assert staff_mail["text"] == "vielen Dank.\nBis bald\n\nWir melden uns."
    assert staff_mail["body_text"].startswith(
        "Sehr geehrte Frau Praxis,\n\nvielen Dank.\nBis bald\n\nWir melden uns.\n\nFreundliche"
    )
    assert "vielen Dank.<br>Bis bald" in staff_mail["body_html"]


def test_the_answer_says_where_it_is_and_which_version(api: FlaskClient, therapist: int) -> None:
    answer = write(api, therapist)
    mail = answer.get_json()
    assert answer.headers["Location"] == path_of(mail)
    assert answer.headers["ETag"] == f'"{mail["version"]}"'
    assert api.get(path_of(mail)).get_json() == mail


def test_a_draft_goes_nowhere_by_itself(
    worker: SteppedWorker, staff_mail: dict[str, Any], postbox: Postbox
) -> None:
    worker.round()
    assert postbox.heard == []


def test_what_was_read_is_what_goes_out_with_the_writers_name_in_the_register(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    staff_mail: dict[str, Any],
    postbox: Postbox,
) -> None:
    assert release(api, staff_mail) == 200
    worker.round()
    [envelope] = postbox.heard
    message = read_message(envelope)
    assert envelope.rcpt_tos == [ADDRESS]
    assert (message["Subject"], text_of(message)) == (
        staff_mail["subject"],
        staff_mail["body_text"],
    )
    assert neighbourhood.written_contacts() == [("staff_mail", "staff1")]
    assert api.get(path_of(staff_mail)).get_json()["state"] == "SENT"


def test_a_second_release_sends_no_second_mail(
    api: FlaskClient, worker: SteppedWorker, staff_mail: dict[str, Any], postbox: Postbox
) -> None:
    assert release(api, staff_mail) == 200
    assert release(api, staff_mail) == 200
    worker.round()
    assert release(api, staff_mail) == 200
    for _ in range(2):
        worker.round()
    assert len(postbox.heard) == 1


def test_the_same_key_writes_one_draft(api: FlaskClient, therapist: int) -> None:
    body = {"therapist_id": therapist, "subject": "Dank", "text": "vielen Dank."}
    headers = {"Idempotency-Key": "doppelt"}
    first, second = (api.post("/api/v2/emails", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.get_json()) == (201, first.get_json())
    assert api.get("/api/v2/emails").get_json()["total"] == 1


def test_two_posts_with_one_key_at_the_same_moment_write_one_draft(
    api: FlaskClient, therapist: int
) -> None:
    body = {"therapist_id": therapist, "subject": "Dank", "text": "vielen Dank."}
    start, bearer = threading.Barrier(3), api.environ_base["HTTP_AUTHORIZATION"]

    def post() -> None:
        client = api.application.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = bearer
        start.wait()
        client.post("/api/v2/emails", json=body, headers={"Idempotency-Key": "zugleich"})

    threads = [threading.Thread(target=post) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert api.get("/api/v2/emails").get_json()["total"] == 1


def test_a_draft_can_be_changed_by_whoever_has_seen_it_last(
    api: FlaskClient, staff_mail: dict[str, Any]
) -> None:
    changed = patch(api, staff_mail, text="doch anders.").get_json()
    assert (changed["subject"], changed["text"]) == (staff_mail["subject"], "doch anders.")
    assert "doch anders." in changed["body_text"]
    assert "vielen Dank" not in changed["body_text"] + changed["body_html"]
    assert changed["created_by"] == "staff1"
    assert slug_of(patch(api, staff_mail, subject="Überholt")) == "stale"
    assert slug_of(api.patch(path_of(staff_mail), json={"subject": "Blind"})) == "if-match-required"
    assert patch(api, changed, subject="Neu").get_json()["text"] == "doch anders."


def test_what_an_old_client_wrote_is_changed_by_saying_it_anew(
    api: FlaskClient, therapist: int
) -> None:
    of_client = api.get(f"/api/v2/emails/{v1_mail(api, therapist, status='DRAFT')}").get_json()
    refused = patch(api, of_client, subject="Neu")
    assert [(one["field"], one["code"]) for one in refused.get_json()["errors"]] == [
        ("text", "required")
    ]
    changed = patch(api, of_client, subject="Neu", text="doch anders.").get_json()
    assert (changed["subject"], changed["text"]) == ("Neu", "doch anders.")


def test_nothing_changes_once_it_was_released(api: FlaskClient, staff_mail: dict[str, Any]) -> None:
    release(api, staff_mail)
    released = api.get(path_of(staff_mail)).get_json()
    assert slug_of(patch(api, released, text="zu spät")) == "illegal-transition"


def test_a_mail_can_be_dropped_until_somebody_begins_to_send_it(
    api: FlaskClient,
    worker: SteppedWorker,
    therapist: int,
    staff_mail: dict[str, Any],
    manners: Manners,
    postbox: Postbox,
) -> None:
    assert api.delete(path_of(staff_mail)).status_code == 204
    waiting = drafted(api, therapist)
    release(api, waiting)
    manners.step, manners.reply = Step.RCPT, "450 4.2.0 Greylisted"
    worker.round()
    assert api.delete(path_of(waiting)).status_code == 204
    manners.step = None
    worker.work_off(rounds=1)
    assert postbox.heard == []
    gone = drafted(api, therapist)
    release(api, gone)
    worker.round()
    assert slug_of(api.delete(path_of(gone))) == "illegal-transition"


def test_a_mail_that_was_refused_can_be_released_again(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    staff_mail: dict[str, Any],
    postbox: Postbox,
) -> None:
    neighbourhood.change_address(therapist, None)
    release(api, staff_mail)
    worker.round()
    failed = api.get(path_of(staff_mail)).get_json()
    assert (failed["state"], failed["reason"]) == ("FAILED", "no_email")
    neighbourhood.change_address(therapist, "neu@example.org")
    release(api, staff_mail)
    worker.round()
    assert [envelope.rcpt_tos for envelope in postbox.heard] == [["neu@example.org"]]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"therapist_id": 999_999}, {"therapist_id": "not_found"}),
        ({"subject": " "}, {"subject": "too_short"}),
        ({"text": ""}, {"text": "too_short"}),
        ({"text": "x" * 20_001}, {"text": "wrong_length"}),
        ({"recipient_email": ADDRESS}, {"recipient_email": "unknown_field"}),
    ],
)
def test_a_mail_that_cannot_be_written_says_which_field(
    api: FlaskClient, therapist: int, fields: dict[str, Any], wrong: dict[str, str]
) -> None:
    answer = write(api, therapist, **fields)
    assert answer.status_code == 422
    assert {one["field"]: one["code"] for one in answer.get_json()["errors"]}.keys() == wrong.keys()
    assert api.get("/api/v2/emails").get_json()["total"] == 0


def test_a_practice_without_an_address_is_not_written_to(
    api: FlaskClient, neighbourhood: Neighbourhood
) -> None:
    answer = write(api, neighbourhood.therapist())
    [error] = answer.get_json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, "therapist_id", "no_email")


def test_nothing_is_written_while_the_therapist_service_is_silent(
    api: FlaskClient, neighbourhood: Neighbourhood, therapist: int, staff_mail: dict[str, Any]
) -> None:
    with neighbourhood.therapists_answer(503):
        assert write(api, therapist).status_code == 503
        assert patch(api, staff_mail, text="anders").status_code == 503
    assert api.get(path_of(staff_mail)).get_json() == staff_mail


@pytest.mark.parametrize(
    "call",
    [
        lambda client, mail: client.post("/api/v2/emails", json={}),
        lambda client, mail: client.patch(path_of(mail), json={}),
        lambda client, mail: client.post(f"{path_of(mail)}/release"),
        lambda client, mail: client.delete(path_of(mail)),
    ],
)
def test_only_staff_write_by_hand(
    api: FlaskClient,
    issuer: Issuer,
    staff_mail: dict[str, Any],
    call: Callable[[FlaskClient, dict[str, Any]], Any],
) -> None:
    api.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer("service")["Authorization"]
    assert call(api, staff_mail).status_code == 403


def test_others_hear_of_it_by_ids_and_the_writers_alone(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    staff_mail: dict[str, Any],
) -> None:
    release(api, staff_mail)
    worker.round()
    [told] = neighbourhood.told(staff_mail["id"])
    told.pop("at")
    assert told == {
        "type": "communication.email_sent",
        "email_id": staff_mail["id"],
        "version": told["version"],
        "bundle_id": None,
        "therapist_id": staff_mail["therapist_id"],
        "search_id": None,
        "purpose": "staff_mail",
        "reason": None,
        "patient_id": None,
        "patient_ids": [],
        "actor": "staff1",
    }
