"""A mail server takes our mail and reports later that nobody got it."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import Purpose
from communication_service.storage import call_queries
from tests.communication_service.integration.hostile_imap import Postroom
from tests.communication_service.integration.hostile_smtp import Manners, Mischief, Postbox, Step
from tests.communication_service.integration.mails import arrived, told
from tests.communication_service.mail_desk import MailDesk, reply_to, report_on
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker

MAILBOXES = "/api/v2/undeliverable-mailboxes"


def receive(mail_desk: MailDesk, bundle_id: int, **report: Any) -> None:
    mail_desk.room.deliver(report_on(mail_desk.mail(bundle_id), **report))
    assert mail_desk.read() == 1
    mail_desk.worker.tell()


def bad_addresses(api: FlaskClient) -> list[str]:
    return [one["status"] for one in api.get(MAILBOXES).get_json()["data"]]


def test_a_mail_that_came_back_is_known_as_such_and_its_inquiry_a_draft_again(
    mail_desk: MailDesk, neighbourhood: Neighbourhood, api: FlaskClient, mailed: int
) -> None:
    receive(mail_desk, mailed)

    mail = mail_desk.mail(mailed)
    assert (mail.state, mail.error_message, mail.sent_at) == ("FAILED", "bad_address", None)
    assert mail.bounced_at is not None
    assert "No such user" in (mail.evidence or "")
    assert told(neighbourhood, mailed)[-1] == ("communication.email_bounced", "bad_address")
    assert bad_addresses(api) == ["5.1.1"]
    neighbourhood.let_matching_hear()
    assert neighbourhood.bundle(mailed)["state"] == "draft"


def test_the_report_itself_is_filed_without_words_and_waits_for_nobody(
    mail_desk: MailDesk, mailed: int
) -> None:
    receive(mail_desk, mailed)

    filed = mail_desk.only()
    assert (filed.kind, filed.state, filed.verdict) == ("delivery_report", "filed", "bad_address")
    assert (filed.bundle_id, filed.unmatched, filed.sealed) == (mailed, None, None)


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "4.4.7"])
def test_a_mail_that_came_back_for_another_reason_leaves_the_address_alone(
    mail_desk: MailDesk, neighbourhood: Neighbourhood, api: FlaskClient, mailed: int, status: str
) -> None:
    receive(mail_desk, mailed, status=status)

    assert told(neighbourhood, mailed)[-1] == ("communication.email_bounced", "not_delivered")
    assert bad_addresses(api) == []


@pytest.mark.parametrize(
    ("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.1.9")]
)
def test_a_mail_that_is_only_late_is_filed_and_nothing_follows(
    mail_desk: MailDesk,
    neighbourhood: Neighbourhood,
    api: FlaskClient,
    mailed: int,
    action: str,
    status: str,
) -> None:
    receive(mail_desk, mailed, action=action, status=status)

    assert mail_desk.mail(mailed).state == MailState.SENT
    assert told(neighbourhood, mailed)[-1] == ("communication.email_sent", None)
    assert (mail_desk.only().verdict, bad_addresses(api)) == ("delayed", [])


@pytest.mark.parametrize(
    "other",
    [
        {"original": "andere@example.org"},
        {"recipient": "andere@example.org"},
        {"message_id": "<pv-999.inquiry@platz.example>"},
        {"message_id": "<somebody@else.example>"},
    ],
)
def test_a_report_about_another_mail_or_recipient_is_filed_and_nothing_follows(
    mail_desk: MailDesk, neighbourhood: Neighbourhood, mailed: int, other: dict[str, str]
) -> None:
    receive(mail_desk, mailed, **other)

    assert mail_desk.mail(mailed).state == MailState.SENT
    assert told(neighbourhood, mailed)[-1] == ("communication.email_sent", None)
    assert mail_desk.only().unmatched == "no_reference"


def test_a_report_about_where_our_mail_was_forwarded_to_is_about_our_mail(
    mail_desk: MailDesk, mailed: int
) -> None:
    receive(mail_desk, mailed, recipient="privat@example.net", original="Praxis@Example.org")
    assert mail_desk.mail(mailed).state == MailState.FAILED


def test_a_second_report_changes_nothing(
    mail_desk: MailDesk, neighbourhood: Neighbourhood, mailed: int
) -> None:
    receive(mail_desk, mailed)
    receive(mail_desk, mailed, status="5.1.2")

    moments = [moment for moment, _ in told(neighbourhood, mailed)]
    assert moments.count("communication.email_bounced") == 1


def test_after_a_correction_the_inquiry_goes_out_and_the_old_report_is_about_nothing(
    mail_desk: MailDesk,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    mailed: int,
    postbox: Postbox,
) -> None:
    first = mail_desk.mail(mailed)
    receive(mail_desk, mailed)
    neighbourhood.let_matching_hear()
    therapist = neighbourhood.therapist_of(mailed)
    neighbourhood.change_therapist(therapist, email="richtig@example.org")

    neighbourhood.send(mailed)
    worker.round()
    mail_desk.room.deliver(report_on(first, status="5.1.2"))
    mail_desk.read()

    assert [mail.rcpt_tos for mail in postbox.heard][-1] == ["richtig@example.org"]
    again = mail_desk.mail(mailed)
    assert (again.state, again.bounced_at) == (MailState.SENT, None)


def test_a_mail_that_went_out_again_to_the_same_address_is_not_ended_by_an_old_report(
    mail_desk: MailDesk, worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int
) -> None:
    first = mail_desk.mail(mailed)
    receive(mail_desk, mailed, status="5.2.2")
    neighbourhood.let_matching_hear()
    worker.now += timedelta(hours=1)
    neighbourhood.send(mailed)
    worker.round()

    mail_desk.room.deliver(report_on(first, status="5.1.1"))
    mail_desk.read()

    assert mail_desk.mail(mailed).state == MailState.SENT


def test_a_mail_whose_fate_was_unknown_is_known_to_have_come_back(
    mail_desk: MailDesk,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    manners: Manners,
    sent: int,
) -> None:
    manners.step, manners.reply = Step.END, Mischief.DROP
    worker.round()
    assert mail_desk.mail(sent).state == MailState.UNKNOWN

    receive(mail_desk, sent)
    neighbourhood.let_matching_hear()

    assert mail_desk.mail(sent).state == MailState.FAILED
    assert neighbourhood.bundle(sent)["state"] == "draft"


def test_what_would_have_followed_the_mail_ends(
    mail_desk: MailDesk, worker: SteppedWorker, neighbourhood: Neighbourhood, mailed: int
) -> None:
    with worker.database.transaction() as session:
        call_queries.follow_sent_inquiries(session, worker.now + timedelta(days=1), worker.now)
        assert call_queries.locked_follow_up(session, mailed) is not None

    receive(mail_desk, mailed)

    with worker.database.transaction() as session:
        assert call_queries.locked_follow_up(session, mailed) is None
    assert neighbourhood.contacts(mailed) == ["inquiry"]


def test_a_confirmation_that_came_back_is_told_and_its_inquiry_stays_answered(
    mail_desk: MailDesk,
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    mailed: int,
    postbox: Postbox,
) -> None:
    neighbourhood.answer(mailed, "accepted")
    worker.hear()
    worker.work_off(rounds=2)
    [confirmation] = arrived(postbox, Purpose.CONFIRMATION)
    receive(mail_desk, mailed, message_id=confirmation["Message-ID"], written_at=worker.now)

    assert told(neighbourhood, mailed)[-1] == ("communication.email_bounced", "bad_address")
    neighbourhood.let_matching_hear()
    assert neighbourhood.bundle(mailed)["state"] == "answered"


def test_a_reply_is_no_report_though_it_says_that_it_could_not_be_delivered(
    mail_desk: MailDesk, postroom: Postroom, mailed: int
) -> None:
    forged = reply_to(mail_desk.mail(mailed), "550 5.1.1 User unknown. Action: failed")
    postroom.deliver(forged)
    mail_desk.read()

    assert mail_desk.only().kind == "reply"
    assert mail_desk.mail(mailed).state == MailState.SENT
