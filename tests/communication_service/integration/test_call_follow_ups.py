"""Who does not answer is called: when, how often, and when no more."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from threading import Barrier, Thread

import pytest

from communication_service.config import Config
from communication_service.jobs.plan_calls import plan_calls
from communication_service.storage.call_tables import PhoneCall
from communication_service.storage.tables import Email
from communication_service.wiring import wire
from shared.contracts.berlin import BERLIN, berlin_day
from shared.db import Database
from tests.communication_service.integration.hostile_smtp import (
    Manners,
    Mischief,
    Postbox,
    Step,
)
from tests.communication_service.phone_desk import REACHABLE, PhoneDesk


def called_in_vain(desk: PhoneDesk, bundle_id: int) -> None:
    call = desk.calls(bundle_id)[-1]
    desk.start(call.id)
    desk.complete(call.id, "not_reached")
    desk.due_now(bundle_id)


def test_after_two_weeks_of_silence_a_call_is_planned_once(desk: PhoneDesk, silent: int) -> None:
    before = desk.now()
    assert desk.plan() == 1
    assert desk.plan() == 0

    call = desk.only_call(silent)
    assert (call.status, call.attempt, call.reason) == ("scheduled", 1, "no_answer")
    assert call.starts_at >= before
    assert call.assumed_hours is None
    desk.hear()
    assert desk.bundle(silent)["phone_call_id"] == call.id


def test_an_inquiry_whose_mail_may_have_arrived_is_called_about_like_any_other(
    desk: PhoneDesk, manners: Manners, postbox: Postbox
) -> None:
    manners.step, manners.reply = Step.END, Mischief.DROP
    bundle_id = desk.silent_inquiry()
    assert desk.bundle(bundle_id)["state"] == "sending"

    assert desk.plan() == 1
    call = desk.only_call(bundle_id)
    assert (call.attempt, call.reason) == (1, "no_answer")
    desk.hear()
    assert desk.bundle(bundle_id)["state"] == "sent"
    desk.start(call.id)
    assert len(postbox.heard) == 1


def test_a_day_earlier_nobody_is_called(desk: PhoneDesk, silent: int) -> None:
    desk.two_weeks_later(silent, days=-1)
    assert desk.plan() == 0
    assert desk.calls(silent) == []


def test_where_no_hours_are_known_those_of_the_office_are_assumed(desk: PhoneDesk) -> None:
    bundle_id = desk.silent_inquiry(telefonische_erreichbarkeit=None)
    desk.plan()
    call = desk.only_call(bundle_id)
    assert call.assumed_hours == "missing"
    assert call.starts_at.astimezone(BERLIN).weekday() < 5
    assert "09:00" <= call.scheduled_time.isoformat("minutes") <= "11:55"


def test_a_practice_without_phone_is_not_called(desk: PhoneDesk) -> None:
    bundle_id = desk.silent_inquiry(telefon=None)
    desk.plan()
    follow_up = desk.follow_up(bundle_id)
    assert desk.calls(bundle_id) == []
    assert follow_up is not None
    assert follow_up.end_reason == "no_phone"


def test_who_said_that_something_may_become_free_is_called_first(desk: PhoneDesk) -> None:
    others = desk.silent_inquiry(email="a@example.org")
    likely = desk.silent_inquiry(email="b@example.org", potentially_available=True)
    assert desk.plan() == 2
    assert desk.only_call(likely).starts_at < desk.only_call(others).starts_at


def test_a_practice_without_mail_is_called_at_once_and_no_mail_is_left(
    desk: PhoneDesk, mail_of: Callable[[int], Email | None]
) -> None:
    bundle_id = desk.around.draft(desk.around.therapist(**REACHABLE))
    desk.send(bundle_id)

    call = desk.only_call(bundle_id)
    assert (call.attempt, call.reason) == (1, "no_email")
    assert mail_of(bundle_id) is None
    assert (desk.bundle(bundle_id)["state"], desk.bundle(bundle_id)["sent_method"]) == (
        "sent", "phone",
    )  # fmt: skip


def test_an_answer_cancels_the_planned_call(desk: PhoneDesk, silent: int, planned: int) -> None:
    desk.around.answer(silent)
    desk.worker.hear()

    assert desk.only_call(silent).status == "canceled"
    assert desk.plan() == 0
    assert desk.start(planned, 409)["type"] == "/problems/illegal-transition"


def test_an_inquiry_that_was_answered_in_time_is_never_called_about(
    desk: PhoneDesk, silent: int
) -> None:
    desk.around.answer(silent)
    desk.worker.hear()
    assert desk.plan() == 0


def test_the_last_patient_who_leaves_cancels_the_planned_call(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    for search in desk.around.searches_in(silent):
        desk.around.pause(search)
    desk.worker.hear()
    assert desk.only_call(silent).status == "canceled"


def test_an_answer_that_has_not_been_heard_yet_is_found_when_a_call_is_planned(
    desk: PhoneDesk, silent: int
) -> None:
    desk.around.answer(silent)
    desk.plan()
    assert desk.calls(silent) == []


def test_who_was_not_reached_is_called_again_two_days_later(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    before = desk.now()
    desk.start(planned)
    made = desk.complete(planned, "not_reached")
    assert made["status"] == "failed"
    assert desk.plan() == 1

    _, second = desk.calls(silent)
    assert (second.attempt, second.reason, second.status) == (2, "not_reached", "scheduled")
    assert second.starts_at >= before + timedelta(days=2)
    assert made["retry_after"] == berlin_day(second.starts_at).isoformat()


def test_after_the_third_call_in_vain_matching_closes_the_inquiry(
    desk: PhoneDesk, silent: int
) -> None:
    for _ in range(3):
        assert desk.plan() == 1
        called_in_vain(desk, silent)
    assert desk.plan() == 0
    desk.hear()

    closed = desk.bundle(silent)
    assert (closed["state"], closed["response_type"]) == ("closed", "no_response")
    assert [call.attempt for call in desk.calls(silent)] == [1, 2, 3]


def test_who_wants_to_be_called_back_is_called_on_that_day_and_no_attempt_is_lost(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    wished = berlin_day(desk.now()) + timedelta(days=5)
    desk.start(planned)
    desk.complete(planned, "call_back", call_back_on=wished.isoformat())
    desk.plan()

    _, again = desk.calls(silent)
    follow_up = desk.follow_up(silent)
    assert (again.reason, again.scheduled_date) == ("call_back", wished)
    assert follow_up is not None
    assert follow_up.missed == 0


def test_a_practice_that_wants_no_contact_is_not_called_again(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.start(planned)
    desk.complete(planned, "refused_contact")
    assert desk.plan() == 0
    desk.hear()
    assert desk.bundle(silent)["state"] == "closed"


def test_a_call_that_nobody_made_on_its_day_is_planned_anew_as_the_same_attempt(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    before = desk.now()
    desk.day_goes_by(planned)
    assert desk.replan() == 1
    assert desk.replan() == 0
    desk.plan()

    missed, anew = desk.calls(silent)
    assert (missed.status, anew.status) == ("canceled", "scheduled")
    assert (missed.attempt, anew.attempt) == (1, 1)
    assert anew.starts_at >= before


def test_a_call_that_was_begun_and_never_reported_is_followed_by_the_next_attempt(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.start(planned)
    assert desk.replan() == 0
    begun, anew = left_unreported(desk, silent, planned)

    assert desk.replan() == 0
    assert (begun.status, begun.attempt) == ("canceled", 1)
    assert (anew.status, anew.attempt) == ("scheduled", 2)


def test_whoever_began_a_call_late_may_still_be_talking(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.day_goes_by(planned)
    desk.start(planned)

    assert desk.replan() == 0
    assert desk.only_call(silent).status == "scheduled"


def test_a_late_report_that_nobody_was_reached_puts_off_the_call_that_was_planned_meanwhile(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.start(planned)
    left_unreported(desk, silent, planned)
    before = desk.now()
    assert desk.complete(planned, "not_reached")["status"] == "failed"
    assert desk.plan() == 1

    calls = [(call.status, call.attempt) for call in desk.calls(silent)]
    assert calls == [("failed", 1), ("canceled", 2), ("scheduled", 2)]
    assert desk.calls(silent)[-1].starts_at >= before + timedelta(days=2)


@pytest.mark.parametrize("begun_again", [False, True])
def test_a_late_report_that_somebody_was_reached_cancels_the_call_that_was_planned_meanwhile(
    desk: PhoneDesk, silent: int, planned: int, begun_again: bool
) -> None:
    desk.start(planned)
    _, anew = left_unreported(desk, silent, planned)
    if begun_again:
        desk.start(anew.id)
    desk.complete(planned, "reached")
    assert desk.plan() == 0

    assert [call.status for call in desk.calls(silent)] == ["completed", "canceled"]


def test_of_two_calls_that_were_begun_both_can_be_reported_late(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.start(planned)
    _, anew = left_unreported(desk, silent, planned)
    desk.start(anew.id)
    desk.complete(planned, "not_reached")
    desk.complete(anew.id, "not_reached")
    desk.plan()

    calls = [(call.status, call.attempt) for call in desk.calls(silent)]
    assert calls == [("failed", 1), ("failed", 2), ("scheduled", 3)]


def left_unreported(desk: PhoneDesk, bundle_id: int, call_id: int) -> list[PhoneCall]:
    """The call that was begun, and the one that follows it."""
    desk.day_goes_by(call_id)
    assert desk.replan() == 1
    assert desk.plan() == 1
    return desk.calls(bundle_id)


def test_two_workers_plan_every_call_once_and_no_two_at_a_time(
    desk: PhoneDesk, config: Config
) -> None:
    inquiries = [desk.silent_inquiry(email=f"{name}@example.org") for name in "abcd"]
    start = Barrier(2)

    def work() -> None:
        own = Database(config.database_url, pool_size=2)
        start.wait()
        plan_calls(own, wire(config, own), datetime.now(UTC))
        own.dispose()

    workers = [Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    starts = sorted(desk.only_call(bundle_id).starts_at for bundle_id in inquiries)
    assert [later - earlier for earlier, later in pairwise(starts)] == [timedelta(minutes=5)] * 3


@pytest.mark.parametrize(("plz", "day"), [("50667", 2), ("20095", 1)])
def test_a_call_waits_for_the_end_of_a_public_holiday_of_the_practices_land(
    desk: PhoneDesk, plz: str, day: int
) -> None:
    bundle_id = desk.silent_inquiry(plz=plz)
    allerheiligen = datetime(2027, 11, 1, 7, tzinfo=UTC)

    plan_calls(desk.worker.database, desk.worker.wiring, allerheiligen)

    assert desk.only_call(bundle_id).scheduled_date == date(2027, 11, day)
