"""An inquiry's mail follows the inquiry, and goes out at most once."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from communication_service.domain.mail_states import LEASE, MAX_ATTEMPTS, OUTAGE_PAUSE, MailState
from communication_service.storage.tables import Email
from tests.communication_service.integration.hostile_smtp import (
    Manners,
    Mischief,
    Postbox,
    Step,
)
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import MOMENT, SteppedWorker

MailOf = Callable[[int], Email | None]


@pytest.fixture
def draft(neighbourhood: Neighbourhood) -> int:
    """An inquiry to a practice about three patients, heard of by nobody yet."""
    for _ in range(3):
        neighbourhood.searching_patient()
    return neighbourhood.draft(neighbourhood.therapist(email="praxis@example.org"))


@pytest.fixture
def sent(neighbourhood: Neighbourhood, draft: int) -> int:
    neighbourhood.send(draft)
    return draft


def received(postbox: Postbox) -> list[EmailMessage]:
    letters = [envelope.content for envelope in postbox.heard]
    return [message_from_bytes(bytes(letter or b""), policy=SMTP) for letter in letters]  # type: ignore[arg-type]


def told(neighbourhood: Neighbourhood, bundle_id: int) -> list[tuple[str, Any]]:
    return [(told["type"], told["reason"]) for told in neighbourhood.told(bundle_id)]


def state_of(mail: Email | None) -> MailState | None:
    return None if mail is None else MailState(mail.state)


def test_a_draft_is_written_and_nothing_goes_out(
    worker: SteppedWorker, draft: int, mail_of: MailOf, postbox: Postbox
) -> None:
    worker.round()
    mail = mail_of(draft)
    assert mail is not None
    assert mail.state == MailState.DRAFT
    assert mail.subject == f"Therapieplätze für drei Personen gesucht [PV-{draft}]"
    assert len(mail.search_ids) == 3
    assert mail.recipient_email is None
    assert postbox.heard == []


def test_a_draft_is_written_anew_when_a_patient_leaves_it(
    worker: SteppedWorker, neighbourhood: Neighbourhood, draft: int, mail_of: MailOf
) -> None:
    worker.hear()
    [leaving, *staying] = neighbourhood.searches_in(draft)
    neighbourhood.pause(leaving)
    worker.hear()
    mail = mail_of(draft)
    assert mail is not None
    assert mail.search_ids == staying
    assert mail.subject == f"Therapieplätze für zwei Personen gesucht [PV-{draft}]"
    assert (mail.state, mail.version) == (MailState.DRAFT, 2)


def test_a_sent_inquiry_reaches_the_practice_once(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    postbox: Postbox,
) -> None:
    worker.work_off()
    [letter] = received(postbox)
    mail = mail_of(sent)
    assert mail is not None
    assert letter["Message-ID"] == f"<pv-{sent}.inquiry@platz.example>"
    assert letter["To"].addresses[0].addr_spec == "praxis@example.org"
    assert letter["Subject"] == mail.subject
    assert (mail.state, mail.recipient_email) == (MailState.SENT, "praxis@example.org")
    assert told(neighbourhood, sent) == [("communication.email_sent", None)]


def test_what_communication_tells_names_nobody(
    worker: SteppedWorker, neighbourhood: Neighbourhood, sent: int
) -> None:
    worker.round()
    [news] = neighbourhood.told(sent)
    assert set(news) == {
        "type", "email_id", "version", "bundle_id", "therapist_id", "purpose", "at", "reason",
    }  # fmt: skip
    assert news["purpose"] == "inquiry"


def test_the_first_inquiry_introduces_us_and_the_second_does_not(
    worker: SteppedWorker, neighbourhood: Neighbourhood, sent: int, mail_of: MailOf
) -> None:
    worker.round()
    first = mail_of(sent)
    assert first is not None
    neighbourhood.answer(sent)
    neighbourhood.forget_coolings()
    again = neighbourhood.draft(first.therapist_id)
    worker.hear()
    second = mail_of(again)
    assert second is not None
    assert "zum ersten Mal" in first.body_text
    assert "zum ersten Mal" not in second.body_text


def test_a_cancelled_draft_takes_its_mail_along(
    worker: SteppedWorker, neighbourhood: Neighbourhood, draft: int, mail_of: MailOf
) -> None:
    worker.hear()
    neighbourhood.cancel(draft)
    worker.hear()
    assert mail_of(draft) is None


def test_an_answer_that_is_faster_than_the_mail_stops_it(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    postbox: Postbox,
) -> None:
    worker.hear()
    assert state_of(mail_of(sent)) == MailState.QUEUED
    neighbourhood.answer(sent)
    worker.work_off()
    assert mail_of(sent) is None
    assert postbox.heard == []


def test_an_answer_nobody_has_heard_of_yet_stops_the_mail_by_its_permit(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    postbox: Postbox,
) -> None:
    worker.hear()
    neighbourhood.answer(sent)
    worker.send_next()
    worker.tell()
    assert state_of(mail_of(sent)) == MailState.FAILED
    assert told(neighbourhood, sent) == [("communication.email_failed", "illegal-transition")]
    assert postbox.heard == []


@pytest.mark.parametrize(
    ("address", "reason"), [(None, "no_email"), ("praxis@-ende-.ex ample", "unusable_address")]
)
def test_a_practice_without_a_usable_address_gets_no_mail_and_matching_hears_why(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    mail_of: MailOf,
    address: str | None,
    reason: str,
) -> None:
    for _ in range(3):
        neighbourhood.searching_patient()
    therapist = neighbourhood.therapist(email="praxis@example.org")
    neighbourhood.change_address(therapist, address)
    bundle = neighbourhood.draft(therapist)
    neighbourhood.send(bundle)
    worker.round()
    assert state_of(mail_of(bundle)) == MailState.FAILED
    assert told(neighbourhood, bundle) == [("communication.email_failed", reason)]


def test_a_server_that_asks_for_patience_gets_the_mail_later(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    manners: Manners,
    postbox: Postbox,
) -> None:
    manners.step, manners.reply = Step.RCPT, "450 4.2.0 Greylisted"
    worker.round()
    waiting = mail_of(sent)
    assert waiting is not None
    assert (waiting.state, waiting.attempts) == (MailState.QUEUED, 1)
    assert told(neighbourhood, sent) == []
    manners.step = None
    worker.round()
    assert postbox.heard == []
    worker.work_off(rounds=1)
    assert len(postbox.heard) == 1
    assert told(neighbourhood, sent) == [("communication.email_sent", None)]


def test_a_server_that_never_takes_the_mail_is_given_up(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    manners: Manners,
) -> None:
    manners.step, manners.reply = Step.GREETING, "421 4.3.2 Closing"
    worker.work_off()
    mail = mail_of(sent)
    assert mail is not None
    assert (mail.state, mail.attempts) == (MailState.FAILED, MAX_ATTEMPTS)
    assert told(neighbourhood, sent) == [("communication.email_failed", "mail_server_unreachable")]


def test_a_refused_mail_failed_and_can_be_sent_again(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    manners: Manners,
    postbox: Postbox,
) -> None:
    manners.step, manners.reply = Step.RCPT, "550 5.1.1 No such user"
    worker.round()
    refused = mail_of(sent)
    assert refused is not None
    assert (refused.state, refused.error_message) == (MailState.FAILED, "refused_by_mail_server")
    neighbourhood.let_matching_hear()
    manners.step = None
    neighbourhood.send(sent)
    worker.round()
    again = mail_of(sent)
    assert again is not None
    assert (again.id, again.state, again.error_message) == (refused.id, MailState.SENT, None)
    assert len(postbox.heard) == 1


def test_a_lost_reply_is_unknown_and_no_machine_tries_again(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    manners: Manners,
    postbox: Postbox,
) -> None:
    manners.step, manners.reply = Step.END, Mischief.DROP
    worker.round()
    manners.step = None
    worker.work_off()
    mail = mail_of(sent)
    assert mail is not None
    assert (mail.state, mail.error_message) == (MailState.UNKNOWN, "reply_lost")
    assert mail.evidence
    assert len(postbox.heard) == 1
    assert told(neighbourhood, sent) == [("communication.email_unknown", "reply_lost")]


def test_a_silent_neighbour_costs_time_but_no_attempt(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    postbox: Postbox,
) -> None:
    worker.hear()
    with neighbourhood.matching_silent():
        for _ in range(MAX_ATTEMPTS + 1):
            worker.send_next()
            worker.now += OUTAGE_PAUSE + timedelta(seconds=30)
    waiting = mail_of(sent)
    assert waiting is not None
    assert (waiting.state, waiting.attempts) == (MailState.QUEUED, 0)
    worker.round()
    assert len(postbox.heard) == 1


def test_an_inquiry_that_cannot_be_read_yet_is_heard_of_again(
    worker: SteppedWorker, neighbourhood: Neighbourhood, draft: int, mail_of: MailOf
) -> None:
    with neighbourhood.matching_silent(), pytest.raises(Exception, match="matching-service"):
        worker.hear()
    assert mail_of(draft) is None
    worker.hear()
    assert state_of(mail_of(draft)) == MailState.DRAFT


def test_a_living_sender_is_not_overtaken(
    worker: SteppedWorker, sent: int, mail_of: MailOf
) -> None:
    worker.hear()
    worker.claim_and_die()
    assert worker.recover() == 0
    worker.now += LEASE - MOMENT
    assert worker.recover() == 0
    worker.now += MOMENT
    assert worker.recover() == 1
    assert state_of(mail_of(sent)) == MailState.QUEUED
