"""Who does not answer for a week is reminded: once, and never after an answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import Purpose
from communication_service.jobs.remind import remind
from communication_service.storage.tables import Email
from tests.communication_service.integration.hostile_smtp import Postbox
from tests.communication_service.integration.mails import arrived, letter
from tests.communication_service.phone_desk import REACHABLE, PhoneDesk
from tests.communication_service.stepped_worker import MOMENT


@pytest.fixture
def asked(desk: PhoneDesk) -> int:
    """Its mail is out."""
    bundle_id = desk.around.draft(desk.around.therapist(email="praxis@example.org"))
    desk.send(bundle_id)
    return bundle_id


def days_later(desk: PhoneDesk, bundle_id: int, days: int) -> None:
    """For communication by its mail, for matching by its register."""
    desk.two_weeks_later(bundle_id, days=days)
    desk.around.let_weeks_pass()


def reminded(desk: PhoneDesk) -> int:
    return remind(desk.worker.database, desk.worker.wiring, desk.now())


def test_after_a_week_of_silence_one_reminder_goes_out(
    desk: PhoneDesk, asked: int, postbox: Postbox
) -> None:
    days_later(desk, asked, 7)
    assert reminded(desk) == 1
    assert reminded(desk) == 0
    desk.worker.round()

    [message] = arrived(postbox, Purpose.REMINDER)
    assert message["Subject"].startswith("Erinnerung: ")
    assert f"[PV-{asked}]" in message["Subject"]
    assert reminded(desk) == 0


@pytest.mark.parametrize("days", [6, 14])
def test_a_day_before_and_once_it_is_called_nobody_is_reminded(
    desk: PhoneDesk, asked: int, days: int
) -> None:
    days_later(desk, asked, days)
    assert reminded(desk) == 0


def test_whoever_has_answered_is_not_reminded(
    desk: PhoneDesk, asked: int, postbox: Postbox
) -> None:
    days_later(desk, asked, 7)
    desk.around.answer(asked)
    desk.worker.hear()
    assert reminded(desk) == 0
    desk.worker.round()
    assert arrived(postbox, Purpose.REMINDER) == []


def test_an_answer_on_its_way_removes_the_reminder_that_waits(
    desk: PhoneDesk, asked: int, postbox: Postbox
) -> None:
    days_later(desk, asked, 7)
    assert reminded(desk) == 1
    desk.around.answer(asked)
    desk.worker.hear()
    desk.worker.round()
    assert arrived(postbox, Purpose.REMINDER) == []


def test_an_answer_of_which_we_have_not_heard_stops_the_reminder_as_well(
    desk: PhoneDesk, asked: int, postbox: Postbox
) -> None:
    days_later(desk, asked, 7)
    assert reminded(desk) == 1
    desk.around.answer(asked)  # matching knows it, its news has not come
    desk.worker.now = desk.now()
    assert desk.worker.send_next() == 1
    assert arrived(postbox, Purpose.REMINDER) == []


def delayed(desk: PhoneDesk, bundle_id: int, days: int) -> Email:
    """So long after its inquiry by our mail; for matching the practice was written to today."""
    desk.two_weeks_later(bundle_id, days=days)
    wiring = replace(desk.worker.wiring, reminded_after=timedelta(days=days))
    assert remind(desk.worker.database, wiring, desk.now()) == 1
    desk.worker.now = desk.now()
    assert desk.worker.send_next() == 1
    reminder = letter(desk.worker, Purpose.REMINDER, about=bundle_id)
    assert reminder is not None
    return reminder


@pytest.mark.parametrize("days", [3, 7])
def test_a_reminder_that_meets_a_younger_mail_waits_until_the_practice_may_be_written_to(
    desk: PhoneDesk, asked: int, postbox: Postbox, days: int
) -> None:
    waiting = delayed(desk, asked, days)
    assert (waiting.state, waiting.error_message) == (MailState.QUEUED, "contact-too-soon")
    assert waiting.attempts == 0
    allowed_at = waiting.next_attempt_at
    assert allowed_at is not None
    assert timedelta(days=6) < allowed_at - desk.now() <= timedelta(days=7)
    desk.around.let_weeks_pass()

    desk.worker.now = allowed_at - MOMENT
    assert desk.worker.send_next() == 0
    desk.worker.now = allowed_at
    assert desk.worker.send_next() == 1
    [message] = arrived(postbox, Purpose.REMINDER)
    assert f"[PV-{asked}]" in message["Subject"]


def test_an_answer_removes_a_reminder_that_waits_for_a_younger_mail(
    desk: PhoneDesk, asked: int
) -> None:
    delayed(desk, asked, 7)
    desk.around.answer(asked)
    desk.worker.hear()
    assert letter(desk.worker, Purpose.REMINDER, about=asked) is None


def test_the_first_call_removes_a_reminder_that_waits_for_a_younger_mail(desk: PhoneDesk) -> None:
    bundle_id = desk.around.draft(desk.around.therapist(email="a@example.org", **REACHABLE))
    desk.send(bundle_id)
    delayed(desk, bundle_id, 7)
    desk.two_weeks_later(bundle_id, days=7)
    assert desk.plan() == 1
    assert desk.only_call(bundle_id).attempt == 1
    assert letter(desk.worker, Purpose.REMINDER, about=bundle_id) is None
