"""Practices without address, servers that refuse, neighbours that are silent, senders that die."""

from datetime import timedelta

import pytest

from communication_service.domain.mail_states import LEASE, MAX_ATTEMPTS, OUTAGE_PAUSE, MailState
from shared.http.service_client import ServiceUnavailable
from tests.communication_service.integration.hostile_smtp import (
    Manners,
    Mischief,
    Postbox,
    Step,
)
from tests.communication_service.integration.mails import MailOf, state_of, told
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import MOMENT, SteppedWorker


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
    manners.step, manners.reply = Step.RCPT, "554 5.7.1 Blocked"
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


@pytest.mark.parametrize("fault", [503, 500, 404])
def test_a_neighbour_that_is_silent_or_breaks_costs_time_but_no_attempt(
    worker: SteppedWorker,
    neighbourhood: Neighbourhood,
    sent: int,
    mail_of: MailOf,
    postbox: Postbox,
    fault: int,
) -> None:
    worker.hear()
    with neighbourhood.matching_answers(fault):
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
    with neighbourhood.matching_answers(503), pytest.raises(ServiceUnavailable):
        worker.hear()
    assert mail_of(draft) is None
    worker.hear()
    assert state_of(mail_of(draft)) == MailState.DRAFT


def test_an_inquiry_over_which_matching_breaks_holds_up_no_other(
    worker: SteppedWorker, neighbourhood: Neighbourhood, draft: int, mail_of: MailOf
) -> None:
    with neighbourhood.matching_answers(500):
        worker.consume()
    other = neighbourhood.draft(neighbourhood.therapist(email="andere@example.org"))
    worker.consume()
    assert mail_of(draft) is None
    assert state_of(mail_of(other)) == MailState.DRAFT


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
