"""One patient in five open inquiries at once: what becomes of every one of them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient

from matching_service.jobs.due_inquiries import close_silent_inquiries
from shared.contracts.berlin import berlin_day
from tests.matching_service.desk import BUNDLES, CONFLICTS, Desk
from tests.matching_service.world import World

BUDGET = 5
YES = "accepted"


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


def test_the_first_yes_takes_the_patient_out_of_four_others_at_once(
    api: FlaskClient, world: World
) -> None:
    """One is refused meanwhile, one is silent, one is still a draft, and one is too late."""
    desk = Desk(api, world)
    for therapist_id in range(1, 7):
        world.add_therapist(therapist_id)
    one, two, three = searches = [world.add_search(n, budget=BUDGET) for n in (1, 2, 3)]
    refuses, wins, loses, silent = (desk.sent(therapist_id) for therapist_id in (1, 2, 3, 4))
    cancelled = desk.draft(5)
    alone = desk.assigned(6, one)
    desk.call("POST", f"{BUNDLES}/{alone['id']}/send", 202)
    assert desk.search(one)["open_inquiries"] == 6
    desk.answer(refuses, {two: "rejected_not_suitable"})
    before = len(desk.events())

    answered = desk.answer(wins, {one: YES})

    # He is with the winner, and nowhere else is anybody waiting for him.
    assert (answered["bundle"]["response_type"], answered["conflicts"]) == ("partial", [])
    assert [desk.statuses(bundle) for bundle in (refuses, wins, loses, silent, cancelled)] == [
        {one: "rejected", two: "rejected", three: "rejected"},
        {one: "accepted", two: "rejected", three: "rejected"},
        {one: "withdrawn", two: "pending", three: "pending"},
        {one: "withdrawn", two: "pending", three: "pending"},
        {two: "pending", three: "pending"},
    ]
    # The inquiry that was only about him is given up; the others go on with the others.
    assert [desk.read(bundle)["state"] for bundle in (loses, silent, cancelled, alone)] == [
        "sent",
        "sent",
        "draft",
        "closed",
    ]
    assert [desk.search(one)[n] for n in ("status", "accepted_therapist_id")] == ["in_sessions", 2]
    assert [(e["type"], e["data"].get("bundle_id")) for e in desk.events()[before:]] == [
        ("bundle.created", cancelled["id"]),  # its draft is written anew, without him
        ("bundle.closed", alone["id"]),
        ("search.status_changed", None),
        ("cooling.started", wins["id"]),
        ("bundle.responded", wins["id"]),
    ]

    late = desk.answer(loses, {one: YES})
    desk.call("POST", f"{BUNDLES}/{cancelled['id']}/cancel", 200)

    # The second yes is a conflict, and the practice could have one of the two beside him.
    [conflict] = late["conflicts"]
    assert (conflict["state"], conflict["winner_bundle_id"], conflict["loser_bundle_id"]) == (
        "open",
        wins["id"],
        loses["id"],
    )
    assert [(a["search_id"], a["source"]) for a in conflict["alternatives"]] == [
        (two, "same_bundle"),
        (three, "same_bundle"),
    ]
    assert desk.tasks() == [("conflict", "conflict", conflict["id"])]

    # What was cancelled, or given up for good, has cost nobody a contact; the silent one still may.
    assert [desk.search(search)["used_contacts"] for search in searches] == [4, 4, 4]
    assert [desk.search(search)["open_inquiries"] for search in searches] == [0, 1, 1]
    assert desk.cooling_therapists() == [1, 2, 3]
    assert [(item["kind"], item["to"]) for item in desk.history(one)] == [
        ("created", None),
        ("contact_request", "1"),  # the one by hand, whose budget comes along
        ("assigned", None),
        ("moved", "in_sessions"),
    ]
