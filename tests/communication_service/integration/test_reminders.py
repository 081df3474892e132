"""Who does not answer for a week is reminded: once, and never after an answer."""

import pytest

from communication_service.domain.purposes import Purpose
from communication_service.jobs.remind import remind
from tests.communication_service.integration.hostile_smtp import Postbox
from tests.communication_service.integration.mails import arrived
from tests.communication_service.phone_desk import PhoneDesk


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
    desk.worker.send_next()
    assert arrived(postbox, Purpose.REMINDER) == []
