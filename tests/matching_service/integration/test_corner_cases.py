"""What happens rarely and must go right all the same."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from matching_service.domain.lifecycle import SearchStatus
from matching_service.storage.tables import Task, Therapeutenanfrage
from matching_service.use_cases.inquiries import give_up_inquiries_to
from matching_service.use_cases.plan_bundles import BundleRequest, create_therapist_bundles
from matching_service.use_cases.search_moves import Move, move_search
from matching_service.use_cases.sending import let_due_inquiries_go, send_inquiry
from tests.issuer import Issuer
from tests.matching_service.world import World

BUNDLES = "/api/v2/therapist-bundles"
SEARCHES = "/api/v2/patient-searches"


def _create(api: FlaskClient, **order: Any) -> dict[str, Any]:
    answer = api.post(f"{BUNDLES}/create", json=order)
    assert answer.status_code == 201, answer.json
    bundle: dict[str, Any] = (answer.json or {})["bundles"][0]
    return bundle


def _accept_all(api: FlaskClient, bundle: dict[str, Any]) -> None:
    responses = [{"search_id": p["search_id"], "outcome": "accepted"} for p in bundle["patients"]]
    answer = api.put(
        f"{BUNDLES}/{bundle['id']}/response", json={"responses": responses, "channel": "email"}
    )
    assert answer.status_code == 200, answer.json


def _read(api: FlaskClient, bundle: dict[str, Any]) -> dict[str, Any]:
    return api.get(f"{BUNDLES}/{bundle['id']}").json or {}


@pytest.fixture
def three_searches(world: World) -> list[int]:
    for therapist_id in (1, 2):
        world.add_therapist(therapist_id)
    return [world.add_search(patient_id) for patient_id in (1, 2, 3)]


@pytest.mark.usefixtures("three_searches")
def test_an_answer_that_takes_all_patients_cancels_a_draft_with_the_same_ones(
    api: FlaskClient,
) -> None:
    sent = _create(api, therapist_ids=[1], send=True)
    draft = _create(api, therapist_ids=[2])

    _accept_all(api, sent)

    after = _read(api, draft)
    assert (after["state"], after["patients"]) == ("cancelled", [])


def test_abandoning_a_search_takes_it_out_of_a_draft(
    api: FlaskClient, three_searches: list[int]
) -> None:
    draft = _create(api, therapist_ids=[1])
    path = f"{SEARCHES}/{three_searches[0]}/transitions"

    answer = api.post(path, json={"to": "abandoned", "end_reason": "moved"})

    assert answer.status_code == 200, answer.json
    after = _read(api, draft)
    assert [p["search_id"] for p in after["patients"]] == three_searches[1:]
    assert after["bundle_size"] == 2


def test_a_small_bundle_that_has_nobody_left_is_not_sent(api: FlaskClient, world: World) -> None:
    world.add_therapist(1)
    world.add_search(1)
    bundle = _create(api, override={"reason": "ruft selbst an"})
    world.add_patient(1, version=2, excluded_therapists=[1])

    answer = api.post(f"{BUNDLES}/{bundle['id']}/send")

    assert (answer.status_code, (answer.json or {})["type"]) == (409, "/problems/bundle-too-small")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"first_meeting_on": None}, "first_meeting_on"), ({"sessions_held": 0}, "sessions_held")],
)
def test_what_made_a_search_successful_cannot_be_taken_away(
    api: FlaskClient, three_searches: list[int], change: dict[str, Any], field: str
) -> None:
    _accept_all(api, _create(api, therapist_ids=[1], send=True))
    path = f"{SEARCHES}/{three_searches[0]}"
    facts = {"first_meeting_on": "2026-11-01", "sessions_held": 1, "patient_continues": True}
    api.post(f"{path}/transitions", json={"to": "successful", **facts})
    tag = api.get(path).headers["ETag"]

    answer = api.patch(path, json=change, headers={"If-Match": tag})

    assert answer.status_code == 422
    assert [e["field"] for e in (answer.json or {})["errors"]] == [field]


@pytest.mark.parametrize(
    "change",
    [{"opted_out": True}, {"status": "gesperrt"}, {"kontakt_wieder_ab": date(2099, 1, 1)}],
)
@pytest.mark.usefixtures("three_searches")
def test_who_says_no_between_sending_and_mail_gets_no_mail(
    api: FlaskClient, world: World, issuer: Issuer, change: dict[str, Any]
) -> None:
    bundle = _create(api, therapist_ids=[1], send=True)
    wanted = {"therapist_id": 1, "purpose": "inquiry", "inquiry_id": bundle["id"]}
    service = issuer.bearer("service")
    permit = api.post("/api/v2/contact-permits", json=wanted, headers=service).json or {}
    world.add_therapist(1, version=2, **change)

    asked_again = api.post("/api/v2/contact-permits", json=wanted, headers=service)
    claimed = api.post(f"/api/v2/contact-permits/{permit['id']}/claim", headers=service)

    assert (asked_again.status_code, claimed.status_code) == (409, 409)


@pytest.mark.usefixtures("three_searches")
def test_a_practice_that_was_written_to_this_week_is_planned_for_later(
    api: FlaskClient, issuer: Issuer
) -> None:
    api.post(
        "/api/v2/contact-permits",
        json={"therapist_id": 1, "purpose": "v1_batch"},
        headers=issuer.bearer("service"),
    )

    preview = api.post(f"{BUNDLES}/preview", json={"therapist_ids": [1]}).json or {}

    assert [(s["therapist_id"], s["reason"]) for s in preview["skipped"]] == [(1, "later")]


def test_inquiries_to_a_blocked_therapist_are_given_up_and_cost_nothing(
    api: FlaskClient, world: World, three_searches: list[int]
) -> None:
    draft = _create(api, therapist_ids=[1])
    sent = _create(api, therapist_ids=[2], send=True)

    with world.database.transaction() as session:
        for therapist_id in (1, 2):
            give_up_inquiries_to(session, therapist_id, "therapist_blocked", datetime.now(UTC))

    assert (_read(api, draft)["state"], _read(api, sent)["state"]) == ("cancelled", "closed")
    assert [world.search(s).used_contacts for s in three_searches] == [0, 0, 0]
    assert (api.get("/api/v2/staff/cooling-periods").json or {})["data"] == []


def test_a_bundle_that_shrinks_while_it_can_be_recalled_does_not_go_out(
    world: World, three_searches: list[int]
) -> None:
    now = datetime.now(UTC)
    request = BundleRequest(therapist_ids=[1])
    made = create_therapist_bundles(world.database, request, actor="staff1", now=now)
    rules, recall = request.order.rules, timedelta(seconds=30)
    with world.database.transaction() as session:
        send_inquiry(
            session, made.inquiry_ids[0], rules=rules, recall=recall, actor="anna", now=now
        )
    with world.database.transaction() as session:
        move_search(session, three_searches[0], Move(SearchStatus.PAUSED), actor="staff1", now=now)

    with world.database.transaction() as session:
        let_due_inquiries_go(session, rules, now + recall)

    with world.database.transaction() as session:
        inquiry = session.get_one(Therapeutenanfrage, made.inquiry_ids[0])
        tasks = [task.kind for task in session.query(Task)]
    assert (inquiry.state, tasks) == ("draft", ["too_small_to_send"])
