"""Mails and letters as staff and old clients see them."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.communication_service.integration.hostile_smtp import Manners, Mischief, Step
from tests.communication_service.neighbourhood import SENDER, Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker
from tests.issuer import Issuer


@pytest.fixture
def delivered(sent: int, worker: SteppedWorker) -> int:
    """An inquiry whose mail has gone out."""
    worker.round()
    return sent


def only(api: FlaskClient, path: str) -> dict[str, Any]:
    page = api.get(path).get_json()
    [mail] = page["data"]
    assert page["total"] == 1
    return dict(mail)


def test_a_mail_shows_what_was_sent_to_whom_and_for_which_searches(
    api: FlaskClient, neighbourhood: Neighbourhood, delivered: int
) -> None:
    mail = only(api, f"/api/v2/emails?bundle_id={delivered}")
    assert (mail["state"], mail["purpose"], mail["attempts"]) == ("SENT", "inquiry", 1)
    assert (mail["sender_email"], mail["recipient_email"]) == (SENDER, "praxis@example.org")
    assert mail["recipient_name"] == "Petra Praxis"
    assert mail["search_ids"] == neighbourhood.searches_in(delivered)
    assert mail["evidence"] == "250 2.0.0 Ok: queued as 4711"
    assert mail["reason"] is None
    assert mail["sent_at"] >= mail["handed_over_at"] >= mail["queued_at"]


def test_one_mail_is_read_by_its_id_with_its_version_as_etag(
    api: FlaskClient, delivered: int
) -> None:
    mail = only(api, f"/api/v2/emails?bundle_id={delivered}")
    answer = api.get(f"/api/v2/emails/{mail['id']}")
    assert answer.get_json() == mail
    assert answer.headers["ETag"] == f'"{mail["version"]}"'


@pytest.mark.parametrize(
    "query",
    ["bundle_id=99", "therapist_id=99", "patient_id=99", "state=FAILED", "purpose=reminder"],
)
def test_filters_leave_out_what_does_not_fit(api: FlaskClient, delivered: int, query: str) -> None:
    assert api.get(f"/api/v2/emails?{query}").get_json()["data"] == []


@pytest.mark.parametrize("query", ["state=gone", "bundle_id=x", "bundle_id=0", "wanted=1"])
def test_a_filter_that_makes_no_sense_is_named(api: FlaskClient, query: str) -> None:
    answer = api.get(f"/api/v2/emails?{query}")
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == query.split("=")[0]


@pytest.mark.parametrize("path", ["/api/v2/emails/99", "/api/v2/letters/99"])
def test_what_does_not_exist_is_not_found(api: FlaskClient, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404
    assert answer.get_json()["type"] == "/problems/not-found"


def test_a_letter_waits_for_matching_to_come_back(
    api: FlaskClient, neighbourhood: Neighbourhood, delivered: int
) -> None:
    with neighbourhood.matching_answers(503):
        answer = api.get(f"/api/v2/letters/{delivered}")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize("path", ["/api/v1/emails", "/api/emails"])
def test_old_clients_get_a_bare_array_of_short_mails(
    api: FlaskClient, delivered: int, path: str
) -> None:
    answer = api.get(path)
    [mail] = answer.get_json()
    assert set(mail) == {
        "id", "therapist_id", "subject", "recipient_email", "recipient_name", "status",
        "created_at", "sent_at", "response_received", "response_date", "batch_id",
    }  # fmt: skip
    assert mail["status"] == "SENT"
    assert "Deprecation" in answer.headers


def test_old_clients_get_all_they_know_of_one_mail(api: FlaskClient, delivered: int) -> None:
    [listed] = api.get("/api/v1/emails").get_json()
    mail = api.get(f"/api/v1/emails/{listed['id']}").get_json()
    assert mail.items() >= listed.items()
    assert set(mail) - set(listed) == {
        "body_html", "body_text", "sender_email", "sender_name", "placement_request_ids",
        "response_content", "follow_up_required", "follow_up_notes", "queued_at",
        "error_message", "retry_count", "updated_at",
    }  # fmt: skip
    assert (mail["retry_count"], mail["placement_request_ids"]) == (0, [])


def test_a_mail_of_unknown_fate_is_still_sending_to_old_clients(
    api: FlaskClient, worker: SteppedWorker, manners: Manners, sent: int
) -> None:
    manners.step, manners.reply = Step.END, Mischief.DROP
    worker.round()
    assert only(api, f"/api/v2/emails?bundle_id={sent}")["state"] == "UNKNOWN"
    [mail] = api.get("/api/v1/emails?status=SENDING").get_json()
    assert mail["status"] == "SENDING"
    assert api.get("/api/v1/emails?status=SENT").get_json() == []


def test_an_unknown_mail_is_told_to_old_clients_in_one_sentence(api: FlaskClient) -> None:
    answer = api.get("/api/v1/emails/99")
    assert (answer.status_code, answer.get_json()) == (404, {"message": "Email not found"})


@pytest.mark.parametrize("path", ["/api/v2/emails", "/api/v2/letters/1", "/api/v1/emails"])
def test_mails_are_for_staff_and_services(api: FlaskClient, issuer: Issuer, path: str) -> None:
    assert api.get(path, headers={"Authorization": ""}).status_code == 401
    nobody = {"Authorization": f"Bearer {issuer.token(roles=[])}"}
    assert api.get(path, headers=nobody).status_code == 403
