"""Staff rearrange a draft: the same rules as for the planner, and its mail is written anew."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.issuer import Issuer
from tests.matching_service.desk import BUNDLES, Desk
from tests.matching_service.world import HAMBURG, World


@pytest.fixture
def searches(world: World) -> list[int]:
    world.add_therapist(1)
    return [world.add_search(patient_id) for patient_id in (1, 2, 3)]


@pytest.fixture
def desk(api: FlaskClient, world: World, searches: list[int]) -> Desk:
    assert searches
    return Desk(api, world)


@pytest.fixture
def draft(desk: Desk) -> dict[str, Any]:
    return desk.draft(1)


def _edit(desk: Desk, bundle: dict[str, Any], status: int = 200, **changes: Any) -> dict[str, Any]:
    tag = f'"{desk.read(bundle)["version"]}"'
    return desk.call(
        "PATCH", f"{BUNDLES}/{bundle['id']}", status, json=changes, headers={"If-Match": tag}
    )


def _codes(problem: dict[str, Any]) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in problem["errors"]]


def test_somebody_joins_and_somebody_leaves_and_positions_stay_whole(
    desk: Desk, world: World, searches: list[int], draft: dict[str, Any]
) -> None:
    first, second, third = searches
    new = world.add_search(4)

    edited = _edit(desk, draft, add=[new], remove=[first])

    assert [(p["position"], p["search_id"]) for p in edited["patients"]] == [
        (1, second),
        (2, third),
        (3, new),
    ]
    assert edited["version"] == draft["version"] + 1
    assert edited["patients"][2]["distance_km"] == 0.0
    assert [world.search(one).used_contacts for one in (first, new)] == [0, 1]
    last = desk.events()[-1]
    assert (last["type"], last["data"]["search_ids"]) == ("bundle.created", [second, third, new])
    assert [desk.history(one)[-1]["kind"] for one in (first, new)] == [
        "removed_from_bundle",
        "added_to_bundle",
    ]


def test_who_is_there_already_changes_nothing(
    desk: Desk, searches: list[int], draft: dict[str, Any]
) -> None:
    told = len(desk.events())

    assert _edit(desk, draft, add=searches[:1]) == draft
    assert len(desk.events()) == told


def test_everything_that_speaks_against_a_patient_is_named(
    desk: Desk, world: World, draft: dict[str, Any]
) -> None:
    far = world.add_search(4, **HAMBURG, therapist_gender_preference="male")
    paused = world.add_search(5)
    desk.move(paused, "paused")

    problem = _edit(desk, draft, 422, add=[far, paused, 4711])

    assert _codes(problem) == [
        ("add[0]", "gender"),
        ("add[0]", "too_far"),
        ("add[1]", "not_active"),
        ("add[2]", "not_found"),
    ]
    assert desk.read(draft) == draft


def test_without_a_contact_left_the_database_refuses(
    desk: Desk, world: World, draft: dict[str, Any]
) -> None:
    world.add_therapist(2)
    used_up = world.add_search(4, budget=1)
    desk.draft(2, pinned=[{"therapist_id": 2, "search_id": used_up}])
    spare = world.add_search(5)

    problem = _edit(desk, draft, 422, add=[spare, used_up])

    assert _codes(problem) == [("add[1]", "budget_used")]
    assert world.search(spare).used_contacts == 0


def test_six_are_the_most(desk: Desk, world: World, draft: dict[str, Any]) -> None:
    new = [world.add_search(patient_id) for patient_id in (4, 5, 6, 7)]

    assert _codes(_edit(desk, draft, 422, add=new)) == [("add", "bundle_full")]
    assert _edit(desk, draft, add=new[:3])["bundle_size"] == 6


def test_too_few_are_noticed_when_the_draft_is_sent(
    desk: Desk, searches: list[int], draft: dict[str, Any]
) -> None:
    assert _edit(desk, draft, remove=searches[:1])["bundle_size"] == 2

    refused = desk.call("POST", f"{BUNDLES}/{draft['id']}/send", 409)

    assert refused["type"] == "/problems/bundle-too-small"


def test_an_empty_draft_would_be_a_cancelled_one(
    desk: Desk, searches: list[int], draft: dict[str, Any]
) -> None:
    assert _codes(_edit(desk, draft, 422, remove=searches)) == [("remove", "nobody_left")]


@pytest.mark.parametrize(
    ("add", "remove", "codes"),
    [
        ([], [4711], [("remove[0]", "not_in_bundle")]),
        ([], [1, 1], [("remove[1]", "twice")]),
        ([4, 4], [], [("add[1]", "twice")]),
        ([4], [4], [("remove[0]", "twice")]),
    ],
)
def test_lists_that_contradict_themselves_are_refused(
    desk: Desk,
    world: World,
    draft: dict[str, Any],
    add: list[int],
    remove: list[int],
    codes: list[tuple[str, str]],
) -> None:
    """Searches have the ids of their patients here."""
    assert world.add_search(4) == 4

    assert _codes(_edit(desk, draft, 422, add=add, remove=remove)) == codes


def test_a_small_draft_that_has_grown_is_no_exception_any_more(desk: Desk, world: World) -> None:
    world.add_therapist(2, **HAMBURG)
    here = [world.add_search(patient_id, **HAMBURG) for patient_id in (4, 5)]
    small = desk.draft(2, override={"reason": "ruft selbst an"})
    assert (small["size_exception"], small["bundle_size"]) == ("override", 2)
    third = world.add_search(6, **HAMBURG)

    grown = _edit(desk, small, add=[third])

    assert (grown["size_exception"], len(grown["patients"])) == (None, len(here) + 1)


def test_notes_may_be_written_at_any_time_and_members_only_in_drafts(
    desk: Desk, searches: list[int]
) -> None:
    sent = desk.sent(1)
    told = len(desk.events())

    noted = _edit(desk, sent, staff_notes="ruft im Mai zurück")
    refused = _edit(desk, sent, 409, remove=searches[:1])
    emptied = _edit(desk, sent, staff_notes=None)

    assert (noted["staff_notes"], noted["version"]) == ("ruft im Mai zurück", sent["version"] + 1)
    assert emptied["staff_notes"] is None
    assert (refused["type"], refused["current"]) == ("/problems/illegal-transition", "sent")
    assert len(desk.events()) == told


@pytest.mark.parametrize(("headers", "status"), [({}, 428), ({"If-Match": '"99"'}, 412)])
def test_an_edit_needs_the_version_that_was_read(
    desk: Desk, draft: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    path = f"{BUNDLES}/{draft['id']}"

    desk.call("PATCH", path, status, json={"staff_notes": "x"}, headers=headers)


def test_services_do_not_edit(desk: Desk, draft: dict[str, Any], issuer: Issuer) -> None:
    headers = issuer.bearer("service") | {"If-Match": '"1"'}

    desk.call("PATCH", f"{BUNDLES}/{draft['id']}", 403, json={}, headers=headers)
