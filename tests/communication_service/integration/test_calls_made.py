"""A call is started with a permit and a script, and what came of it is recorded once."""

from datetime import timedelta
from typing import Any

import pytest

from tests.communication_service.phone_desk import CALLS, PhoneDesk
from tests.communication_service.placement_requests import decline, placement_request
from tests.issuer import Issuer


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
    assert desk.around.claimed_permits("call") == [started["call"]["permit_id"]]


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


def test_a_practice_that_cools_is_not_called_and_until_when_is_said(
    desk: PhoneDesk, silent: int, planned: int
) -> None:
    desk.start(planned)
    desk.complete(planned, "reached")  # which says nothing about the patients, and cools
    desk.hear()
    old = desk.plan_old(desk.around.therapist_of(silent))

    refused = desk.start(old, 409)

    assert refused["type"] == "/problems/cooling-active"
    assert refused["next_contactable_date"] > str(desk.now().date())


@pytest.mark.parametrize("cools", [False, True])
def test_an_old_clients_report_is_kept_and_shows_whether_the_call_was_permitted(
    desk: PhoneDesk, silent: int, planned: int, cools: bool
) -> None:
    if cools:
        desk.start(planned)
        desk.complete(planned, "reached")
        desk.hear()
    old = desk.plan_old(desk.around.therapist_of(silent))

    answer = desk.api.put(f"/api/v1/phone-calls/{old}", json={"status": "completed"})

    assert answer.status_code == 200
    kept = desk.api.get(f"{CALLS}/{old}").get_json()
    assert (kept["status"], kept["permit_id"] is None) == ("completed", cools)


def test_a_second_report_that_was_not_permitted_leaves_the_first_ones_permit(
    desk: PhoneDesk,
) -> None:
    therapist = desk.around.therapist(email="praxis@example.org")
    asked = placement_request(desk.around, therapist)
    path = f"/api/v1/phone-calls/{desk.plan_old(therapist)}"

    def first_report_then_peace() -> None:
        assert desk.api.put(path, json={"status": "completed"}).status_code == 200
        decline(desk.around, asked)

    desk.around.just_before("POST", "/claim", first_report_then_peace)
    assert desk.api.put(path, json={"status": "completed"}).status_code == 200

    [permit] = desk.around.claimed_permits("call")
    assert desk.api.get(path.replace("v1", "v2")).get_json()["permit_id"] == permit


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
