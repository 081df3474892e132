"""Mails keep the pace that is set, and the pauses that providers ask for; none of them is lost."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from communication_service.config import Config
from communication_service.domain.mail_states import BACK_OFF, MailState
from communication_service.jobs.watch_queue import watch_queue
from tests.communication_service.integration.hostile_smtp import Manners, Postbox, Step
from tests.communication_service.integration.mails import MailOf
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import MOMENT, SteppedWorker

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LONGEST_FIRST_HOLD = 2 * MINUTE  # and the time that an attempt may take

Paced = Callable[..., SteppedWorker]
Queued = Callable[..., list[int]]


@pytest.fixture
def paced(config: Config) -> Iterator[Paced]:
    """A worker that keeps limits per minute; as often as asked for, another one."""
    with ExitStack() as workers:

        def start(of_all: int = 0, of_provider: int = 0) -> SteppedWorker:
            limited = replace(
                config, mail_per_minute=of_all, mail_per_minute_and_provider=of_provider
            )
            return workers.enter_context(closing(SteppedWorker(limited)))

        yield start


@pytest.fixture
def queued(neighbourhood: Neighbourhood) -> Queued:
    """Inquiries to practices with these addresses, their mails due in this order."""

    def queue(worker: SteppedWorker, *addresses: str) -> list[int]:
        for _ in range(3):
            neighbourhood.searching_patient()
        bundles = neighbourhood.drafts(neighbourhood.practices(addresses))
        by_therapist = {neighbourhood.therapist_of(bundle): bundle for bundle in bundles}
        in_order = [by_therapist[therapist_id] for therapist_id in sorted(by_therapist)]
        for bundle in in_order:
            neighbourhood.send(bundle)
            worker.hear()
        return in_order

    return queue


def send_all(worker: SteppedWorker) -> int:
    """How many mails it took up."""
    taken = 0
    while worker.send_next():
        taken += 1
    return taken


def recipients(postbox: Postbox) -> list[str]:
    return [envelope.rcpt_tos[0] for envelope in postbox.heard]


def test_one_provider_gets_a_mail_at_a_time_and_others_need_not_wait_for_it(
    paced: Paced, queued: Queued, postbox: Postbox, mail_of: MailOf
) -> None:
    worker = paced(of_provider=6)
    _, waiting, _ = queued(worker, "a@gmx.de", "b@web.de", "c@t-online.de")

    send_all(worker)
    assert recipients(postbox) == ["a@gmx.de", "c@t-online.de"]
    worker.now += 10 * SECOND - MOMENT
    send_all(worker)
    assert len(postbox.heard) == 2

    worker.now += 1 * SECOND
    send_all(worker)
    assert recipients(postbox)[2:] == ["b@web.de"]
    mail = mail_of(waiting)
    assert mail is not None
    assert mail.attempts == 1, "waiting is no attempt"


def test_what_has_to_wait_is_left_alone_until_it_is_its_turn(
    paced: Paced, queued: Queued, postbox: Postbox
) -> None:
    worker = paced(of_provider=6)
    queued(worker, "a@gmx.de", "b@gmx.de", "c@gmx.de", "d@gmx.de")
    assert send_all(worker) == 4, "whose mailboxes these are, nobody knew"

    for sent in (2, 3, 4):
        worker.now += 10 * SECOND
        assert send_all(worker) == 1
        assert len(postbox.heard) == sent


def test_all_mails_together_keep_the_pace_of_the_house(
    paced: Paced, queued: Queued, postbox: Postbox
) -> None:
    worker = paced(of_all=60)
    queued(worker, "a@gmx.de", "b@t-online.de", "c@praxis.example")

    for sent in (1, 2, 3):
        send_all(worker)
        assert len(postbox.heard) == sent
        worker.now += SECOND


def test_a_worker_that_starts_anew_goes_on_at_the_same_pace(
    paced: Paced, queued: Queued, postbox: Postbox
) -> None:
    before = paced(of_provider=1)
    queued(before, "a@gmx.de", "b@gmx.de")
    send_all(before)
    before.close()

    after = paced(of_provider=1)
    after.now = before.now + 59 * SECOND
    send_all(after)
    assert len(postbox.heard) == 1
    after.now += 1 * SECOND
    send_all(after)
    assert len(postbox.heard) == 2


def test_many_senders_at_once_keep_the_pace_together(
    paced: Paced, queued: Queued, postbox: Postbox
) -> None:
    senders = [paced(of_provider=1) for _ in range(4)]
    queued(senders[0], *(f"praxis{n}@gmx.de" for n in range(6)))
    at_once(senders)
    assert len(postbox.heard) == 1

    for sender in senders:
        sender.now = senders[0].now + MINUTE
    at_once(senders)
    assert len(postbox.heard) == 2


def at_once(workers: Sequence[SteppedWorker]) -> None:
    """All of them send what they may, by the same clock."""
    now, start = max(worker.now for worker in workers), threading.Barrier(len(workers))

    def send(worker: SteppedWorker) -> None:
        worker.now = now
        start.wait()
        send_all(worker)

    threads = [threading.Thread(target=send, args=[worker]) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("reply", ["421 4.7.0 Too many", "450 4.2.0 Later", "451 4.7.1 Slow down"])
def test_a_provider_that_wants_less_of_us_gets_a_pause_and_the_others_their_mails(
    paced: Paced, queued: Queued, postbox: Postbox, manners: Manners, reply: str
) -> None:
    worker = paced()
    queued(worker, "a@gmx.de", "b@web.de", "c@t-online.de")
    manners.step, manners.reply = Step.RCPT, reply
    worker.send_next()
    manners.step = None

    send_all(worker)
    assert recipients(postbox) == ["c@t-online.de"]
    worker.now += LONGEST_FIRST_HOLD
    send_all(worker)
    assert sorted(recipients(postbox)[1:]) == ["a@gmx.de", "b@web.de"]


def test_a_provider_that_goes_on_refusing_gets_longer_pauses_until_it_takes_a_mail(
    paced: Paced, queued: Queued, postbox: Postbox, manners: Manners
) -> None:
    worker = paced()
    queued(worker, "a@gmx.de")
    manners.step, manners.reply = Step.RCPT, "421 4.7.0 Too many"
    holds = []
    for _ in range(3):
        worker.send_next()
        holds.append(held(worker))
        worker.now += BACK_OFF[3]
    manners.step = None
    worker.send_next()

    assert holds == [("united-internet", 1), ("united-internet", 2), ("united-internet", 3)]
    assert (held(worker), len(postbox.heard)) == (("united-internet", 0), 1)


def held(worker: SteppedWorker) -> tuple[str, int]:
    with worker.database.transaction() as session:
        rows = session.execute(
            text("SELECT provider, holds FROM sending_pace WHERE provider <> '*'")
        )
        [(provider, holds)] = rows
        return provider, holds


def test_a_refusal_of_one_mail_holds_up_no_other(
    paced: Paced, queued: Queued, postbox: Postbox, manners: Manners
) -> None:
    worker = paced()
    queued(worker, "a@gmx.de", "b@gmx.de")
    manners.step, manners.reply = Step.RCPT, "452 4.2.2 Mailbox full"
    worker.send_next()
    manners.step = None

    send_all(worker)
    assert recipients(postbox) == ["b@gmx.de"]


def test_our_own_server_that_is_too_busy_gets_a_pause_from_everybody(
    paced: Paced, queued: Queued, postbox: Postbox, manners: Manners
) -> None:
    worker = paced()
    queued(worker, "a@gmx.de", "b@t-online.de")
    manners.step, manners.reply = Step.GREETING, "421 4.3.2 Too busy"
    worker.send_next()
    manners.step = None

    assert worker.send_next() == 0
    worker.now += LONGEST_FIRST_HOLD
    send_all(worker)
    assert sorted(recipients(postbox)) == ["a@gmx.de", "b@t-online.de"]


def test_a_mail_that_waits_has_asked_nobody_and_asks_when_its_turn_comes(
    paced: Paced, queued: Queued, neighbourhood: Neighbourhood
) -> None:
    worker = paced(of_provider=1)
    _, waits = queued(worker, "a@gmx.de", "b@gmx.de")
    send_all(worker)
    assert neighbourhood.contacts(waits) == []

    worker.now += MINUTE
    send_all(worker)
    assert neighbourhood.contacts(waits) == ["inquiry"]


def test_an_answer_that_comes_while_a_mail_waits_for_its_turn_stops_it(
    paced: Paced, queued: Queued, neighbourhood: Neighbourhood, postbox: Postbox
) -> None:
    worker = paced(of_provider=1)
    _, waits = queued(worker, "a@gmx.de", "b@gmx.de")
    send_all(worker)
    neighbourhood.answer(waits)  # its news has not come

    worker.now += MINUTE
    send_all(worker)
    assert recipients(postbox) == ["a@gmx.de"]


def test_a_mail_that_is_held_up_past_midnight_is_permitted_anew(
    paced: Paced,
    queued: Queued,
    neighbourhood: Neighbourhood,
    database: Any,
    manners: Manners,
    mail_of: MailOf,
) -> None:
    worker = paced()
    [bundle] = queued(worker, "a@gmx.de")
    manners.step, manners.reply = Step.RCPT, "450 4.2.0 Later"
    worker.send_next()
    manners.step = None
    owner = database.engine(database.owner_url("matching_service"))
    with owner.begin() as connection:
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION law_clock() RETURNS timestamptz LANGUAGE sql"
            " AS $$ SELECT clock_timestamp() + interval '1 day' $$"
        )

    worker.now += LONGEST_FIRST_HOLD
    worker.send_next()

    mail = mail_of(bundle)
    assert mail is not None
    assert mail.state == MailState.SENT
    yesterdays, todays = neighbourhood.claimed_permits("inquiry")
    assert mail.permit_id == todays != yesterdays


def test_the_queue_is_measured_by_provider(paced: Paced, queued: Queued) -> None:
    worker = paced(of_provider=1)
    queued(worker, "a@gmx.de", "b@web.de", "c@gmx.de", "d@praxis.example", "e@praxis.example")
    send_all(worker)
    worker.now += 30 * SECOND
    assert watch_queue(worker.database, worker.wiring, worker.now) == 0

    assert measured("length", "united-internet") == 2
    assert measured("length", "others") == 1
    assert measured("length", "google") == 0
    assert 30 <= measured("oldest_seconds", "united-internet") < 120
    assert measured("oldest_seconds", "google") == 0


def measured(what: str, provider: str) -> float:
    value = REGISTRY.get_sample_value(f"mail_queue_{what}", {"provider": provider})
    assert value is not None
    return value
