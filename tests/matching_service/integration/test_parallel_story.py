"""One patient in five open inquiries at once: what becomes of every one of them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient

from matching_service.domain.berlin import berlin_day
from matching_service.jobs.due_inquiries import close_silent_inquiries
from tests.matching_service.desk import BUNDLES, CONFLICTS, Desk
from tests.matching_service.world import World

BUDGET = 5


def test_one_patient_in_five_inquiries(api: FlaskClient, world: World) -> None:
    desk = Desk(api, world)
    for therapist_id in range(1, 6):
        world.add_therapist(therapist_id)
    one, *others = [world.add_search(patient_id, budget=BUDGET) for patient_id in range(1, 4)]
    now = datetime.now(UTC)
    refuses, wins, loses = (desk.sent(therapist_id) for therapist_id in (1, 2, 3))
    silent = desk.sent(4, at=now - timedelta(days=28))
    cancelled = desk.draft(5)
    five = [refuses, wins, loses, silent, cancelled]
    assert all(one in desk.statuses(bundle) for bundle in five)
    assert (desk.search(one)["used_contacts"], desk.search(one)["open_inquiries"]) == (5, 5)

    desk.answer(refuses, {one: "rejected_not_suitable"})
    desk.call("POST", f"{BUNDLES}/{cancelled['id']}/cancel", 200)
    wiring = api.application.extensions["door"].wiring
    yesterday = now - timedelta(days=1)
    closed = [close_silent_inquiries(world.database, wiring, at) for at in (yesterday, now, now)]
    assert (closed, desk.search(one)["used_contacts"]) == ([0, 1, 0], 3)
    desk.answer(wins, {one: "accepted"})
    desk.answer(loses, {one: "accepted"})
    assert desk.tasks() == [("conflict", "conflict", 1)]
    desk.call("POST", f"{CONFLICTS}/1/resolve", 200, json={"resolution": "keep"})

    # Every row says what became of it.
    assert [desk.read(bundle)["state"] for bundle in five] == [
        "answered",
        "answered",
        "answered",
        "closed",
        "cancelled",
    ]
    assert [desk.statuses(bundle)[one] for bundle in five] == [
        "rejected",
        "accepted",
        "conflict",
        "no_response",
        "pending",
    ]
    assert desk.read(silent)["response_type"] == "no_response"

    # The patient is with the first who accepted, never again with whom he did not suit.
    search = desk.search(one)
    assert (search["status"], search["accepted_therapist_id"]) == ("in_sessions", 2)
    assert [e["therapist_id"] for e in search["excluded_therapists"]] == [1]
    kinds = [item["kind"] for item in desk.history(one)]
    assert kinds == ["created", "excluded", "moved", "conflict_resolved"]

    # Three answers were contacts; silence and what was never sent were none.
    assert [desk.search(other)["used_contacts"] for other in (one, *others)] == [3, 3, 3]
    assert search["open_inquiries"] == 0

    # Whoever answered is left in peace for four weeks, and nobody else.
    page = desk.call("GET", "/api/v2/staff/cooling-periods?active=true", 200)
    until = (berlin_day(now) + timedelta(days=28)).isoformat()
    cooling = sorted((c["therapist_ids"], c["next_contactable_date"]) for c in page["data"])
    assert cooling == [([number], until) for number in (1, 2, 3)]
    assert page["total"] == 3

    # One thing is left to do: to tell the practice that came second.
    assert desk.tasks() == [("inform_practice", "therapeutenanfrage", loses["id"])]

    told = desk.events()
    assert Counter(event["type"] for event in told) == {
        "search.created": 3,
        "bundle.created": 5,
        "bundle.sent": 4,
        "bundle.responded": 3,
        "bundle.cancelled": 1,
        "bundle.closed": 1,
        "cooling.started": 3,
        "conflict.detected": 1,
        "search.status_changed": 1,
    }
    last_words = {
        event["data"]["bundle_id"]: event["type"]
        for event in told
        if event["type"].startswith("bundle.")
    }
    assert [last_words[bundle["id"]] for bundle in five] == [
        "bundle.responded",
        "bundle.responded",
        "bundle.responded",
        "bundle.closed",
        "bundle.cancelled",
    ]
