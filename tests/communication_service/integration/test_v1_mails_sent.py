"""Mails of old clients on their way, under the law that holds for every mail to a practice."""

import json
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from communication_service.config import Config
from tests.communication_service.integration.hostile_smtp import Manners, Postbox, Step
from tests.communication_service.integration.mails import read_message, text_of
from tests.communication_service.integration.written import ADDRESS, ask_v1, read_v1, v1_mail
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.placement_requests import (
    decline,
    end_cooling,
    next_contactable_date,
    placement_request,
)
from tests.communication_service.stepped_worker import SteppedWorker
from tests.issuer import Issuer


@pytest.fixture
def therapist(neighbourhood: Neighbourhood) -> int:
    return neighbourhood.therapist(email=ADDRESS)


@pytest.fixture
def request_id(neighbourhood: Neighbourhood, therapist: int) -> int:
    return placement_request(neighbourhood, therapist)


def put(api: FlaskClient, email_id: int, **fields: object) -> int:
    return api.put(f"/api/v1/emails/{email_id}", json=fields).status_code


def work(worker: SteppedWorker, neighbourhood: Neighbourhood) -> None:
    worker.round()
    neighbourhood.let_matching_hear()


def test_a_mail_about_requests_goes_out_once_with_a_permit_in_the_clients_words(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    request_id: int,
    postbox: Postbox,
) -> None:
    mail = v1_mail(api, therapist, [request_id], subject="Eine Person")
    for _ in range(3):
        work(worker, neighbourhood)
    [envelope] = postbox.heard
    message = read_message(envelope)
    assert envelope.rcpt_tos == [ADDRESS]
    assert (message["Subject"], text_of(message)) == ("Eine Person", "Haben Sie einen Platz?\n")
    assert read_v1(api, mail)["status"] == "SENT"
    assert len(neighbourhood.claimed_permits("v1_batch")) == 1
    assert [purpose for purpose, _ in neighbourhood.written_contacts()] == ["v1_batch"]


def test_a_practice_that_cools_is_not_written_to_and_the_client_reads_until_when(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    request_id: int,
    postbox: Postbox,
) -> None:
    decline(neighbourhood, request_id)
    mail = v1_mail(api, therapist, [placement_request(neighbourhood, therapist)])
    work(worker, neighbourhood)
    read = read_v1(api, mail)
    until = next_contactable_date(neighbourhood, therapist)
    assert postbox.heard == []
    assert until is not None
    assert (read["status"], until in read["error_message"]) == ("FAILED", True)


def test_it_goes_out_when_a_client_queues_it_again_after_the_cooling(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    request_id: int,
    postbox: Postbox,
) -> None:
    decline(neighbourhood, request_id)
    mail = v1_mail(api, therapist, [placement_request(neighbourhood, therapist)])
    work(worker, neighbourhood)
    end_cooling(neighbourhood, therapist)
    assert put(api, mail, status="QUEUED") == 200
    work(worker, neighbourhood)
    assert len(postbox.heard) == 1
    assert read_v1(api, mail)["error_message"] is None


def test_a_practice_gets_one_unasked_mail_in_seven_days(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    request_id: int,
    postbox: Postbox,
) -> None:
    first, second = (v1_mail(api, therapist, [request_id]) for _ in range(2))
    for _ in range(2):
        work(worker, neighbourhood)
    assert len(postbox.heard) == 1
    assert read_v1(api, first)["status"] == "SENT"
    read = read_v1(api, second)
    assert read["status"] == "FAILED"
    assert "wieder möglich ab 20" in read["error_message"]


@pytest.mark.parametrize("cooling", [True, False])
def test_what_a_person_writes_about_no_request_is_recorded_and_never_refused(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    request_id: int,
    postbox: Postbox,
    cooling: bool,
) -> None:
    if cooling:
        decline(neighbourhood, request_id)
    for _ in range(2):
        v1_mail(api, therapist)
        work(worker, neighbourhood)
    assert len(postbox.heard) == 2
    assert neighbourhood.written_contacts() == [("staff_mail", "staff1")] * 2


def test_a_program_is_no_person_whatever_it_writes_about(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    request_id: int,
    postbox: Postbox,
    issuer: Issuer,
) -> None:
    decline(neighbourhood, request_id)
    program = issuer.bearer("service")["Authorization"]
    api.environ_base["HTTP_AUTHORIZATION"] = program
    mail = v1_mail(api, therapist)
    work(worker, neighbourhood)
    assert postbox.heard == []
    assert read_v1(api, mail)["status"] == "FAILED"


def test_a_request_that_joins_later_brings_the_mail_under_the_law(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    request_id: int,
    postbox: Postbox,
) -> None:
    decline(neighbourhood, request_id)
    mail = v1_mail(api, therapist, status="DRAFT")
    other = placement_request(neighbourhood, therapist)
    batch = api.post(f"/api/v1/emails/{mail}/batches", json={"placement_request_id": other})
    api.delete(f"/api/v1/email-batches/{batch.get_json()['id']}")
    assert put(api, mail, status="QUEUED") == 200
    work(worker, neighbourhood)
    assert postbox.heard == []
    assert read_v1(api, mail)["status"] == "FAILED"


def test_a_mail_that_the_server_postpones_keeps_its_permit(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    request_id: int,
    postbox: Postbox,
    manners: Manners,
) -> None:
    v1_mail(api, therapist, [request_id])
    manners.step, manners.reply = Step.RCPT, "450 4.2.0 Greylisted"
    work(worker, neighbourhood)
    manners.step = None
    worker.work_off(rounds=1)
    assert len(postbox.heard) == 1
    assert len(neighbourhood.written_contacts()) == 1


def test_while_an_earlier_attempt_is_still_being_permitted_the_mail_waits(
    api: FlaskClient,
    worker: SteppedWorker,
    therapist: int,
    postbox: Postbox,
    database: Any,
) -> None:
    mail = v1_mail(api, therapist)
    queued_at = datetime.fromisoformat(read_v1(api, mail)["queued_at"]).isoformat()
    asker, route = (
        json.dumps(["communication-service", "staff1"]),
        "POST v2:/api/v2/contact-permits",
    )
    key = f"{asker}|{route}|email {mail} staff_mail {queued_at}"
    with database.engine(database.url("matching_service")).begin() as earlier:
        held = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
        earlier.execute(held, {"key": key})
        worker.round()
        assert postbox.heard == []
        assert read_v1(api, mail)["status"] == "QUEUED"
    worker.work_off(rounds=1)
    assert len(postbox.heard) == 1


def test_an_answer_while_the_mail_is_on_its_way_takes_the_permit_back(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    request_id: int,
    postbox: Postbox,
) -> None:
    other = placement_request(neighbourhood, therapist)
    mail = v1_mail(api, therapist, [request_id])
    neighbourhood.just_before("POST", "/claim", lambda: decline(neighbourhood, other))
    work(worker, neighbourhood)
    read = read_v1(api, mail)
    assert postbox.heard == []
    assert neighbourhood.claimed_permits("v1_batch") == []
    assert (read["status"], read["error_message"]) == (
        "FAILED",
        "Die Praxis hat inzwischen geantwortet.",
    )


def test_a_mail_goes_where_its_therapist_is_by_then(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    postbox: Postbox,
) -> None:
    mail = v1_mail(api, therapist)
    neighbourhood.change_address(therapist, "neu@example.org")
    work(worker, neighbourhood)
    assert [envelope.rcpt_tos for envelope in postbox.heard] == [["neu@example.org"]]
    assert read_v1(api, mail)["recipient_email"] == "neu@example.org"


def test_whoever_releases_at_the_same_moment_sends_once(
    api: FlaskClient,
    config: Config,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    postbox: Postbox,
) -> None:
    mail = v1_mail(api, therapist, status="DRAFT")
    application, bearer = api.application, api.environ_base["HTTP_AUTHORIZATION"]
    start, said = threading.Barrier(4), []

    def release(call: Callable[[FlaskClient], int]) -> None:
        client = application.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = bearer
        start.wait()
        said.append(call(client))

    calls: list[Callable[[FlaskClient], int]] = [
        lambda client: put(client, mail, status="QUEUED"),
        lambda client: client.post(f"/api/v2/emails/{mail}/release").status_code,
    ] * 2
    threads = [threading.Thread(target=release, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(3):
        work(worker, neighbourhood)
    assert said == [200] * 4
    assert len(postbox.heard) == 1


@pytest.mark.parametrize("how", ["the mail", "a request in it"])
def test_any_answer_gives_the_practice_its_peace(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    therapist: int,
    request_id: int,
    how: str,
) -> None:
    mail = v1_mail(api, therapist, [request_id])
    work(worker, neighbourhood)
    assert next_contactable_date(neighbourhood, therapist) is None
    if how == "the mail":
        assert put(api, mail, response_received=True) == 200
    else:
        [batch] = api.get(f"/api/v1/emails/{mail}/batches").get_json()
        path = f"/api/v1/email-batches/{batch['id']}"
        assert api.put(path, json={"response_outcome": "rejected"}).status_code == 200
    work(worker, neighbourhood)
    assert next_contactable_date(neighbourhood, therapist) is not None


def test_only_the_therapists_own_address_is_written_to(
    api: FlaskClient, neighbourhood: Neighbourhood, therapist: int
) -> None:
    answer = ask_v1(api, therapist, recipient_email="anderswo@example.org")
    assert answer.status_code == 400
    assert answer.get_json()["message"].startswith("recipient_email: ")
    assert ask_v1(api, therapist, recipient_email="Praxis@Example.org").status_code == 201


def test_nothing_is_written_while_a_neighbour_is_silent(
    api: FlaskClient, neighbourhood: Neighbourhood, therapist: int, request_id: int
) -> None:
    with neighbourhood.matching_answers(503):
        answer = ask_v1(api, therapist, placement_request_ids=[request_id])
    assert answer.status_code == 503
    assert api.get("/api/v1/emails").get_json() == []
