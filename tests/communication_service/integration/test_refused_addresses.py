"""The mail server says in the dialogue itself that an address takes no mail."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import Purpose
from communication_service.storage.call_tables import PhoneCall
from communication_service.storage.tables import Email
from tests.communication_service.integration.hostile_smtp import Manners, Postbox, Step
from tests.communication_service.integration.mails import MailOf, letter, state_of, told
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

MAILBOXES = "/api/v2/undeliverable-mailboxes"
UNKNOWN_USER = "550 5.1.1 No such user"


@pytest.fixture
def refused(
    worker: SteppedWorker, neighbourhood: Neighbourhood, sent: int, manners: Manners
) -> int:
    """An inquiry to an address that does not exist; it is a draft again."""
    manners.step, manners.reply = Step.RCPT, UNKNOWN_USER
    worker.round()
    neighbourhood.let_matching_hear()
    manners.step = None
    return sent


def noted(api: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = api.get(f"{MAILBOXES}{query}").get_json()["data"]
    return data


def restore(api: FlaskClient, mailbox_id: int) -> int:
    body = {"reason": "Die Praxis hat ihr Postfach wieder."}
    return api.delete(f"{MAILBOXES}/{mailbox_id}", json=body).status_code


def calls_about(worker: SteppedWorker, bundle_id: int) -> list[str]:
    with worker.database.transaction() as session:
        rows = select(PhoneCall.status).where(PhoneCall.bundle_id == bundle_id)
        return list(session.scalars(rows))


@pytest.mark.parametrize("step", [Step.RCPT, Step.END])
def test_an_address_that_the_server_does_not_know_is_remembered(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    api: FlaskClient,
    sent: int,
    manners: Manners,
    step: Step,
) -> None:
    manners.step, manners.reply = step, UNKNOWN_USER
    worker.round()

    assert told(neighbourhood, sent) == [("communication.email_failed", "bad_address")]
    [mailbox] = noted(api, f"?therapist_id={neighbourhood.therapist_of(sent)}")
    assert (mailbox["status"], mailbox["restored_at"]) == ("5.1.1", None)
    neighbourhood.let_matching_hear()
    assert neighbourhood.bundle(sent)["state"] == "draft"


@pytest.mark.parametrize(
    "reply", ["550 5.7.1 Blocked", "552 5.2.2 Mailbox full", "550 No such user", "550 5.1.8 Sender"]
)
def test_a_refusal_that_says_nothing_of_the_address_leaves_it_alone(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    api: FlaskClient,
    sent: int,
    manners: Manners,
    reply: str,
) -> None:
    manners.step, manners.reply = Step.RCPT, reply
    worker.round()

    assert told(neighbourhood, sent) == [("communication.email_failed", "refused_by_mail_server")]
    assert noted(api) == []


def test_nothing_is_sent_to_a_bad_address_any_more(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    refused: int,
    postbox: Postbox,
    mail_of: MailOf,
) -> None:
    neighbourhood.send(refused)
    worker.round()

    assert postbox.heard == []
    assert state_of(mail_of(refused)) == MailState.FAILED
    assert told(neighbourhood, refused)[-1] == ("communication.email_failed", "bad_address")


def test_a_corrected_address_works_at_once(
    worker: SteppedWorker, neighbourhood: Neighbourhood, refused: int, postbox: Postbox
) -> None:
    therapist = neighbourhood.therapist_of(refused)
    neighbourhood.change_therapist(therapist, email="richtig@example.org")

    neighbourhood.send(refused)
    worker.round()

    assert [mail.rcpt_tos for mail in postbox.heard] == [["richtig@example.org"]]


def test_a_practice_with_a_telephone_is_called_instead(
    worker: SteppedWorker, neighbourhood: Neighbourhood, refused: int, postbox: Postbox
) -> None:
    neighbourhood.change_therapist(neighbourhood.therapist_of(refused), telefon="0221 4710")

    neighbourhood.send(refused)
    worker.round()

    assert postbox.heard == []
    assert calls_about(worker, refused) == ["scheduled"]


def test_an_address_that_is_right_again_is_written_to(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    refused: int,
    postbox: Postbox,
) -> None:
    [mailbox] = noted(api)

    assert restore(api, mailbox["id"]) == 204
    neighbourhood.send(refused)
    worker.round()

    assert len(postbox.heard) == 1
    assert noted(api, "?restored=false") == []
    [restored] = noted(api, "?restored=true")
    assert restored["restored_by"] == "staff1"
    assert restored["restore_reason"].startswith("Die Praxis")


def test_only_what_is_noted_can_be_taken_back_and_only_once(api: FlaskClient, refused: int) -> None:
    assert refused
    [mailbox] = noted(api)

    assert [restore(api, mailbox["id"]), restore(api, mailbox["id"])] == [204, 409]
    assert restore(api, mailbox["id"] + 1) == 404
    assert api.delete(f"{MAILBOXES}/{mailbox['id']}", json={}).status_code == 422


def test_an_address_that_fails_again_is_noted_again(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    refused: int,
    manners: Manners,
) -> None:
    [mailbox] = noted(api)
    restore(api, mailbox["id"])
    manners.step, manners.reply = Step.RCPT, "550 5.2.1 Disabled"

    neighbourhood.send(refused)
    worker.round()

    [again] = noted(api, "?restored=false")
    assert (again["id"], again["status"]) == (mailbox["id"], "5.2.1")
    assert again["restore_reason"] is None


def test_a_patients_letter_to_a_bad_address_fails_and_tells_which_search_it_was(
    api: FlaskClient,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    manners: Manners,
) -> None:
    search = neighbourhood.searching_patient(email="anna@example.org")
    neighbourhood.carry_news()
    worker.hear()
    mail = letter(worker, Purpose.SEARCH_STARTED, about=search)
    assert isinstance(mail, Email)
    api.post(f"/api/v2/emails/{mail.id}/release")
    manners.step, manners.reply = Step.RCPT, UNKNOWN_USER
    worker.round()

    [news] = neighbourhood.told(mail.id)
    assert (news["reason"], news["search_id"], news["bundle_id"]) == ("bad_address", search, None)
    assert noted(api) == []


def test_an_address_stays_known_when_the_mail_that_found_it_out_is_dropped(
    worker: SteppedWorker, neighbourhood: Neighbourhood, api: FlaskClient, refused: int
) -> None:
    neighbourhood.change_therapist(neighbourhood.therapist_of(refused), email="neu@example.org")
    neighbourhood.carry_news_of_therapists()
    neighbourhood.send(refused)
    worker.hear()
    for search_id in neighbourhood.searches_in(refused):
        neighbourhood.pause(search_id)
    worker.hear()

    [mailbox] = noted(api)
    assert mailbox["email_id"] is None
