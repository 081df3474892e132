"""Two practices want the same patient: a person decides, once, and the data follow."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.issuer import Issuer
from tests.matching_service.conftest import deadlocks
from tests.matching_service.desk import CONFLICTS, Desk
from tests.matching_service.world import HAMBURG, World

YES = "accepted"


@pytest.fixture
def searches(world: World) -> list[int]:
    for therapist_id in (1, 2, 3):
        world.add_therapist(therapist_id)
    return [world.add_search(patient_id) for patient_id in (1, 2, 3)]


@pytest.fixture
def desk(api: FlaskClient, world: World, searches: list[int]) -> Desk:
    assert searches
    return Desk(api, world)


@pytest.fixture
def one(searches: list[int]) -> int:
    return searches[0]


@pytest.fixture
def bundles(desk: Desk, one: int) -> list[dict[str, Any]]:
    """Two inquiries with the same patients; the first won patient 1, the second came too late."""
    both = [desk.sent(1), desk.sent(2)]
    for bundle in both:
        desk.answer(bundle, {one: YES})
    return both


def _open(desk: Desk, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.call("GET", f"{CONFLICTS}{query}", 200)["data"]
    return found


def _resolve(desk: Desk, resolution: str, status: int = 200, number: int = 1, **more: Any) -> Any:
    body = {"resolution": resolution, **more}
    return desk.call("POST", f"{CONFLICTS}/{number}/resolve", status, json=body)


def _told(desk: Desk, since: int) -> list[str]:
    return [event["type"] for event in desk.events()[since:]]


@pytest.mark.usefixtures("bundles")
def test_a_conflict_is_listed_with_whom_the_late_therapist_could_take_instead(
    desk: Desk, world: World, searches: list[int], bundles: list[dict[str, Any]]
) -> None:
    newcomer = world.add_search(4)
    world.add_search(5, **HAMBURG)

    [conflict] = _open(desk)

    assert (conflict["kind"], conflict["state"], conflict["search_id"]) == (
        "conflict",
        "open",
        searches[0],
    )
    assert (conflict["winner_bundle_id"], conflict["loser_bundle_id"]) == (
        bundles[0]["id"],
        bundles[1]["id"],
    )
    assert [(a["search_id"], a["source"]) for a in conflict["alternatives"]] == [
        (searches[1], "same_bundle"),
        (searches[2], "same_bundle"),
        (newcomer, "eligible"),
    ]
    assert all(a["score"] > 0 and a["distance_km"] == 0.0 for a in conflict["alternatives"])
    assert desk.tasks() == [("conflict", "conflict", conflict["id"])]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state=open", 1),
        ("?state=promotable", 0),
        ("?state=resolved", 0),
        ("?kind=conflict", 1),
        ("?kind=late_acceptance", 0),
        ("?search_id=1", 1),
        ("?search_id=2", 0),
        ("?therapist_id=2", 1),
        ("?therapist_id=1", 0),
    ],
)
@pytest.mark.usefixtures("bundles")
def test_conflicts_can_be_looked_for(desk: Desk, query: str, found: int) -> None:
    page = desk.call("GET", f"{CONFLICTS}{query}", 200)

    assert (len(page["data"]), page["total"], page["next"]) == (found, found, None)


def test_keep_leaves_the_winner_and_somebody_has_to_tell_the_other_practice(
    desk: Desk, one: int, bundles: list[dict[str, Any]]
) -> None:
    kept = _resolve(desk, "keep", notes="war schneller")

    assert (kept["state"], kept["resolution"], kept["alternatives"]) == ("resolved", "keep", [])
    assert (kept["resolved_by"], kept["notes"]) == ("staff1", "war schneller")
    assert desk.search(one)["accepted_therapist_id"] == 1
    assert desk.tasks() == [("inform_practice", "therapeutenanfrage", bundles[1]["id"])]
    last = desk.history(one)[-1]
    assert (last["kind"], last["to"], last["ref"]) == ("conflict_resolved", "keep", "conflict:1")


def test_a_swap_gives_the_patient_to_the_late_therapist(
    desk: Desk, one: int, bundles: list[dict[str, Any]]
) -> None:
    since = len(desk.events())

    _resolve(desk, "swap", notes="kürzerer Weg")

    search = desk.search(one)
    assert (search["status"], search["accepted_therapist_id"]) == ("in_sessions", 2)
    assert [desk.statuses(bundle)[one] for bundle in bundles] == ["conflict", "accepted"]
    assert [desk.read(bundle)["placed_count"] for bundle in bundles] == [0, 1]
    assert [desk.read(bundle)["accepted_count"] for bundle in bundles] == [1, 1]
    [ended] = desk.rows(
        "SELECT end_reason FROM therapeut_anfrage_patient WHERE ended_at IS NOT NULL"
    )
    assert ended["end_reason"] == "patient_declined"
    assert desk.tasks() == [("inform_practice", "therapeutenanfrage", bundles[0]["id"])]
    assert _told(desk, since) == [
        "search.status_changed",
        "bundle.responded",
        "bundle.responded",
    ]


def test_after_a_swap_a_third_acceptance_waits_behind_the_new_winner(
    desk: Desk, one: int, world: World
) -> None:
    sent = [desk.sent(therapist_id) for therapist_id in (1, 2, 3)]
    for bundle in sent:
        desk.answer(bundle, {one: YES})

    _resolve(desk, "swap")

    [waiting] = _open(desk, "?state=open")
    assert (waiting["loser_bundle_id"], waiting["winner_bundle_id"]) == (
        sent[2]["id"],
        sent[1]["id"],
    )


@pytest.mark.usefixtures("bundles")
def test_a_therapist_whom_the_patient_no_longer_wants_gets_nobody(
    desk: Desk, world: World, one: int
) -> None:
    world.add_patient(1, version=2, excluded_therapists=[2])

    refused = _resolve(desk, "swap", 422)

    assert [(e["field"], e["code"]) for e in refused["errors"]] == [("resolution", "excluded")]
    assert desk.search(one)["accepted_therapist_id"] == 1


def test_a_promotable_loser_takes_the_place(
    desk: Desk, one: int, bundles: list[dict[str, Any]]
) -> None:
    desk.correct(bundles[0], {})
    refused = _resolve(desk, "keep", 409)

    _resolve(desk, "swap")

    assert refused["legal"] == ["swap", "offered_alternative", "therapist_informed", "moot"]
    search = desk.search(one)
    assert (search["status"], search["accepted_therapist_id"]) == ("in_sessions", 2)
    assert desk.statuses(bundles[1])[one] == "accepted"
    assert desk.tasks() == []


@pytest.mark.usefixtures("bundles")
def test_when_the_trial_with_the_winner_fails_the_loser_may_have_the_place(
    desk: Desk, one: int
) -> None:
    desk.move(one, "active", end_reason="trial_failed")
    assert [conflict["state"] for conflict in _open(desk)] == ["promotable"]

    _resolve(desk, "swap")

    assert desk.search(one)["accepted_therapist_id"] == 2


@pytest.mark.usefixtures("bundles")
def test_an_alternative_that_was_named_is_remembered_and_followed_up(
    desk: Desk, searches: list[int]
) -> None:
    offered = _resolve(desk, "offered_alternative", alternative_search_id=searches[1])

    assert (offered["state"], offered["alternative_search_id"]) == ("resolved", searches[1])
    assert desk.tasks() == [("alternative_offered", "conflict", 1)]
    last = desk.history(searches[1])[-1]
    assert (last["kind"], last["ref"]) == ("alternative_offered", "conflict:1")


@pytest.mark.parametrize(
    ("alternative", "code"),
    [
        (None, "required"),
        (1, "same_patient"),
        (4711, "not_found"),
        (4, "too_far"),
        (5, "not_active"),
    ],
)
@pytest.mark.usefixtures("bundles")
def test_an_alternative_has_to_be_a_patient_who_fits(
    desk: Desk, world: World, alternative: int | None, code: str
) -> None:
    """Searches have the ids of their patients here."""
    assert [world.add_search(4, **HAMBURG), world.add_search(5)] == [4, 5]
    desk.move(5, "paused")

    refused = _resolve(desk, "offered_alternative", 422, alternative_search_id=alternative)

    assert [(e["field"], e["code"]) for e in refused["errors"]] == [("alternative_search_id", code)]
    assert _open(desk)[0]["state"] == "open"


@pytest.mark.parametrize("resolution", ["therapist_informed", "moot"])
@pytest.mark.usefixtures("bundles")
def test_where_all_is_said_nothing_else_happens(desk: Desk, resolution: str) -> None:
    since = len(desk.events())

    _resolve(desk, resolution)

    assert (desk.tasks(), _told(desk, since)) == ([], [])


@pytest.mark.usefixtures("bundles")
def test_the_same_decision_again_changes_nothing_and_another_one_is_refused(desk: Desk) -> None:
    first = _resolve(desk, "keep", notes="ok")

    again = _resolve(desk, "keep", notes="ok")
    other = _resolve(desk, "swap", 409)

    assert again == first
    assert (other["type"], other["current"], other["legal"]) == (
        "/problems/illegal-transition",
        "resolved",
        [],
    )


def test_a_late_acceptance_of_a_paused_search_is_promoted(
    desk: Desk, one: int, searches: list[int]
) -> None:
    bundle, elsewhere = desk.sent(1), desk.sent(2)
    desk.move(one, "paused")
    answered = desk.answer(bundle, {one: YES})
    assert [c["kind"] for c in answered["conflicts"]] == ["late_acceptance"]
    since = len(desk.events())

    _resolve(desk, "swap")

    assert (desk.search(one)["status"], desk.search(one)["accepted_therapist_id"]) == (
        "in_sessions",
        1,
    )
    moves = [(item["from"], item["to"]) for item in desk.history(one) if item["kind"] == "moved"]
    assert moves == [("active", "paused"), ("paused", "active"), ("active", "in_sessions")]
    assert _told(desk, since) == [
        "search.status_changed",
        "search.status_changed",
        "bundle.responded",
    ]
    assert desk.statuses(elsewhere) == dict(
        zip(searches, ["withdrawn", "pending", "pending"], strict=True)
    )
    assert desk.tasks() == []


def test_what_was_abandoned_is_only_declined(desk: Desk, one: int) -> None:
    bundle = desk.sent(1)
    desk.move(one, "abandoned", end_reason="moved")
    desk.answer(bundle, {one: YES})

    for resolution in ("swap", "keep", "offered_alternative"):
        refused = _resolve(desk, resolution, 409, alternative_search_id=2)
        assert refused["legal"] == ["therapist_informed", "moot"]
    _resolve(desk, "therapist_informed")

    assert desk.search(one)["status"] == "abandoned"


def test_conflicts_are_for_staff(desk: Desk, issuer: Issuer) -> None:
    service = Desk(desk.api, desk.world, issuer.bearer("service"))

    service.call("GET", CONFLICTS, 403)
    service.call("POST", f"{CONFLICTS}/1/resolve", 403, json={"resolution": "moot"})
    _resolve(desk, "moot", 404)
    _resolve(desk, "give_up", 422)


@pytest.mark.usefixtures("bundles")
@pytest.mark.parametrize(
    ("decisions", "expected"),
    [(("swap", "keep"), [200, 409]), (("swap", "swap"), [200, 200])],
)
def test_of_two_decisions_at_once_one_holds(
    desk: Desk, one: int, database: Any, decisions: tuple[str, str], expected: list[int]
) -> None:
    start = Barrier(2)

    def resolve(resolution: str) -> tuple[int, str]:
        client = desk.api.application.test_client()
        client.environ_base = desk.api.environ_base
        start.wait()
        answer = client.post(f"{CONFLICTS}/1/resolve", json={"resolution": resolution})
        return answer.status_code, resolution

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(resolve, decisions))

    holder = {"swap": 2, "keep": 1}[outcomes[0][1]]
    assert [status for status, _ in outcomes] == expected
    assert desk.search(one)["accepted_therapist_id"] == holder
    assert desk.rows("SELECT resolution FROM conflict") == [{"resolution": outcomes[0][1]}]
    assert len([t for t in desk.tasks() if t[0] == "inform_practice"]) == 1
    assert deadlocks(database) == 0
