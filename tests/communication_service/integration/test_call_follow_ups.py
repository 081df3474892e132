"""Who does not answer is called: when, how often, and when no more."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient

from communication_service.config import Config
from communication_service.domain.call_slots import BERLIN, berlin_day
from communication_service.jobs.plan_calls import plan_calls
from communication_service.storage.tables import Email
from communication_service.wiring import wire
from shared.db import Database
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.phone_desk import CALLS, REACHABLE, PhoneDesk
from tests.communication_service.stepped_worker import SteppedWorker
from tests.issuer import Issuer


@pytest.fixture
def desk(api: FlaskClient, worker: SteppedWorker, neighbourhood: Neighbourhood) -> PhoneDesk:
    for _ in range(3):
        neighbourhood.searching_patient()
    return PhoneDesk(api, worker, neighbourhood)


@pytest.fixture
def silent(desk: PhoneDesk) -> int:
    """An inquiry whose mail went out two weeks ago."""
    return silent_inquiry(desk)


@pytest.fixture
def planned(desk: PhoneDesk, silent: int) -> int:
    """The first call about it."""
    desk.plan()
    return desk.only_call(silent).id


def silent_inquiry(desk: PhoneDesk, **therapist: Any) -> int:
    facts = {"email": "praxis@example.org", **REACHABLE, **therapist}
    bundle_id = desk.around.draft(desk.around.therapist(**facts))
    desk.send(bundle_id)
    desk.two_weeks_later(bundle_id)
    return bundle_id


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


def test_a_day_earlier_nobody_is_called(desk: PhoneDesk, silent: int) -> None:
    desk.two_weeks_later(silent, days=-1)
    assert desk.plan() == 0
    assert desk.calls(silent) == []


def test_where_no_hours_are_known_those_of_the_office_are_assumed(desk: PhoneDesk) -> None:
    bundle_id = silent_inquiry(desk, telefonische_erreichbarkeit=None)
    desk.plan()
    call = desk.only_call(bundle_id)
    assert call.assumed_hours == "missing"
    assert call.starts_at.astimezone(BERLIN).weekday() < 5
    assert "09:00" <= call.scheduled_time.isoformat("minutes") <= "11:55"


def test_a_practice_without_phone_is_not_called(desk: PhoneDesk) -> None:
    bundle_id = silent_inquiry(desk, telefon=None)
    desk.plan()
    follow_up = desk.follow_up(bundle_id)
    assert desk.calls(bundle_id) == []
    assert follow_up is not None
    assert follow_up.end_reason == "no_phone"


def test_who_said_that_something_may_become_free_is_called_first(desk: PhoneDesk) -> None:
    others = silent_inquiry(desk, email="a@example.org")
    likely = silent_inquiry(desk, email="b@example.org", potentially_available=True)
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


def test_whoever_starts_gets_number_name_and_the_latest_script(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    leaving, *staying = desk.around.searches_in(silent)
    desk.around.pause(leaving)

    started = desk.start(planned)

    assert started["phone"] == "+492214710123"
    assert started["therapist_name"] == "Petra Praxis"
    assert started["call"]["search_ids"] == staying
    assert "zwei Personen" in started["call"]["script"]
    assert started["call"]["permit_id"] is not None


def test_the_script_names_nobody_and_says_what_the_mail_says(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    script = desk.start(planned)["call"]["script"]
    assert f"PV-{silent}" in script
    assert "Depressive Störung (F32/F33)" in script
    for secret in ("Anna", "Ungenannt", "1985"):
        assert secret not in script


def test_the_call_list_of_a_day_shows_scripts_but_no_numbers(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    call = desk.only_call(silent)
    page = desk.api.get(f"{CALLS}?date={call.scheduled_date}").get_json()
    [listed] = page["data"]
    assert (listed["id"], listed["bundle_id"], listed["attempt"]) == (planned, silent, 1)
    assert listed["script"].startswith("Begrüßung")
    assert "4710123" not in str(page)
    tomorrow = call.scheduled_date + timedelta(days=1)
    assert desk.api.get(f"{CALLS}?date={tomorrow}").get_json()["total"] == 0


def test_a_call_that_the_law_forbids_is_not_started(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.around.answer(silent)  # the mailbox cools, and nobody here has heard of it yet
    refused = desk.start(planned, 409)
    assert refused["type"] == "/problems/illegal-transition"
    assert desk.only_call(silent).started_at is None


def test_two_people_do_not_make_the_same_call(
    desk: PhoneDesk, silent: int, planned: int, issuer: Issuer
) -> None:
    desk.start(planned)
    desk.start(planned)
    other = issuer.bearer("staff", sub="staff2")
    refused = desk.api.post(f"{CALLS}/{planned}/start", headers=other)
    assert (refused.status_code, refused.get_json()["legal"]) == (409, [])


def test_nothing_is_started_while_matching_is_silent(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    with desk.around.matching_answers(503):
        desk.start(planned, 503)
    assert desk.only_call(silent).started_at is None
    desk.start(planned)


def test_an_answer_on_the_phone_is_the_practices_answer(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.start(planned)
    made = desk.complete(planned, "reached", responses=desk.answers(silent), notes="nett")

    answered = desk.bundle(silent)
    assert (made["status"], made["outcome"], made["notes"]) == ("completed", "reached", "nett")
    assert (answered["state"], answered["response_type"]) == ("answered", "rejected")
    desk.hear()
    desk.hear()
    assert desk.only_call(silent).status == "completed"
    assert desk.plan() == 0


def test_a_report_that_is_repeated_changes_nothing(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.start(planned)
    answers = desk.answers(silent)
    first = desk.complete(planned, "reached", responses=answers)
    assert desk.complete(planned, "reached", responses=answers) == first
    desk.worker.tell()
    told = [one["type"] for one in desk.around.told(silent)]
    assert told.count("communication.call_completed") == 1
    assert desk.complete(planned, "not_reached", 409)["type"] == "/problems/illegal-transition"


def test_a_report_whose_answer_arrived_but_was_not_noted_can_be_repeated(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    """As after a crash between matching's commit and ours: the event even cancels the call."""
    desk.start(planned)
    desk.around.answer(silent)
    desk.worker.hear()
    assert desk.only_call(silent).status == "canceled"

    desk.complete(planned, "reached", responses=desk.answers(silent))

    assert desk.only_call(silent).status == "completed"


def test_other_answers_than_those_recorded_are_refused_and_nothing_is_noted(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.start(planned)
    desk.around.answer(silent)
    others = desk.answers(silent, "rejected_other")
    refused = desk.complete(planned, "reached", 409, responses=others)
    assert refused["type"] == "/problems/already-answered"
    assert desk.only_call(silent).outcome is None


def test_whom_an_incomplete_answer_forgets_is_named(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.start(planned)
    forgotten, *named = desk.answers(silent)
    refused = desk.complete(planned, "reached", 422, responses=named)
    assert refused["missing"] == [forgotten["search_id"]]


def test_an_answer_waits_for_matching_to_come_back(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.start(planned)
    answers = desk.answers(silent)
    with desk.around.matching_answers(503):
        desk.complete(planned, "reached", 503, responses=answers)
    assert desk.only_call(silent).status == "scheduled"
    desk.complete(planned, "reached", responses=answers)


def test_a_call_that_nobody_started_cannot_be_reported(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    refused = desk.complete(planned, "not_reached", 409)
    assert (refused["type"], refused["legal"]) == ("/problems/illegal-transition", ["start"])


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


@pytest.mark.parametrize(
    ("report", "field"),
    [
        ({"outcome": "call_back"}, "call_back_on"),
        ({"outcome": "call_back", "call_back_on": "2020-01-01"}, "call_back_on"),
        ({"outcome": "reached", "call_back_on": "2099-01-01"}, "call_back_on"),
        ({"outcome": "not_reached", "responses": [{"search_id": 1, "outcome": "accepted"}]},
         "responses"),
        ({"outcome": "reached", "responses": []}, "responses"),
        ({"outcome": "engaged"}, "outcome"),
        ({}, "outcome"),
    ],
)  # fmt: skip
def test_a_report_that_makes_no_sense_is_refused_by_field(
    desk: PhoneDesk, planned: int, report: dict[str, Any], field: str
) -> None:
    desk.start(planned)
    answer = desk.api.post(f"{CALLS}/{planned}/complete", json=report)
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["field"] == field


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


def test_two_workers_plan_every_call_once_and_no_two_at_a_time(
    desk: PhoneDesk, config: Config
) -> None:
    inquiries = [silent_inquiry(desk, email=f"{name}@example.org") for name in "abcd"]
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
