"""Whom a search must not be offered to, as staff keep the list."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from matching_service.use_cases.exclusion_list import exclude_for_search
from matching_service.use_cases.plan_bundles import BundleRequest, create_therapist_bundles
from tests.matching_service.conftest import deadlocks
from tests.matching_service.staff_desk import (
    SEARCHES,
    content,
    create,
    exclude,
    history,
    move,
    read_bundle,
    read_search,
    refusal,
    told,
)
from tests.matching_service.world import World

ROUNDS = 12


@pytest.fixture
def searches(world: World) -> list[int]:
    for therapist_id in (1, 2):
        world.add_therapist(therapist_id)
    return [world.add_search(patient_id) for patient_id in (1, 2, 3)]


def test_an_exclusion_says_who_when_and_why_and_again_it_changes_nothing(
    api: FlaskClient, searches: list[int]
) -> None:
    first = content(exclude(api, searches[0], 1, "kennt sie privat"))
    again = content(exclude(api, searches[0], 1, "ein anderer Grund"))

    (entry,) = first["excluded_therapists"]
    assert (entry["therapist_id"], entry["reason"]) == (1, "kennt sie privat")
    assert (entry["source"], bool(entry["excluded_at"]), bool(entry["excluded_by"])) == (
        "staff",
        True,
        True,
    )
    assert again == first
    assert [line["ref"] for line in history(api, searches[0], "excluded")] == ["therapist:1"]


def test_an_open_inquiry_to_the_therapist_loses_the_search_and_no_other_inquiry_does(
    api: FlaskClient, searches: list[int], database: Any
) -> None:
    sent, draft = create(api, 1, send=True), create(api, 2)
    before = len(told(database))

    after = content(exclude(api, searches[0], 1))

    rows = {p["search_id"]: p["status"] for p in read_bundle(api, sent["id"])["patients"]}
    assert rows == {searches[0]: "withdrawn", searches[1]: "pending", searches[2]: "pending"}
    assert read_bundle(api, draft["id"]) == draft
    assert (after["used_contacts"], after["open_inquiries"]) == (1, 1)
    assert told(database)[before:] == []
    assert [line["ref"] for line in history(api, searches[0], "withdrawn")] == [
        f"bundle:{sent['id']}"
    ]


def test_a_draft_is_written_anew_without_the_search_and_cancelled_with_the_last_one(
    api: FlaskClient, searches: list[int], database: Any
) -> None:
    draft = create(api, 1)
    before = len(told(database))

    for search_id in searches:
        content(exclude(api, search_id, 1))

    after = read_bundle(api, draft["id"])
    assert (after["state"], after["patients"], after["bundle_size"]) == ("cancelled", [], 0)
    assert told(database)[before:] == [
        ("bundle.created", draft["id"]),
        ("bundle.created", draft["id"]),
        ("bundle.cancelled", draft["id"]),
    ]
    assert [read_search(api, search_id)["used_contacts"] for search_id in searches] == [0, 0, 0]


def test_a_sent_inquiry_is_closed_with_its_last_search(
    api: FlaskClient, searches: list[int], database: Any
) -> None:
    sent = create(api, 1, send=True)

    for search_id in searches:
        content(exclude(api, search_id, 1))

    assert read_bundle(api, sent["id"])["state"] == "closed"
    assert told(database)[-1] == ("bundle.closed", sent["id"])


def test_an_exclusion_is_taken_back_and_both_are_remembered(
    api: FlaskClient, searches: list[int], database: Any
) -> None:
    content(exclude(api, searches[0], 1))
    path = f"{SEARCHES}/{searches[0]}/exclude-therapist/1"

    back = content(api.delete(path))
    again = content(api.delete(path))

    assert back["excluded_therapists"] == []
    assert again == back
    assert [line["kind"] for line in history(api, searches[0])][-2:] == [
        "excluded",
        "exclusion_removed",
    ]
    with database.engine(database.url("matching_service")).connect() as session:
        kept = session.execute(
            text(
                "SELECT removed_at IS NOT NULL, removed_by = excluded_by FROM platzsuche_exclusion"
            )
        ).all()
    assert [tuple(row) for row in kept] == [(True, True)]


def test_the_list_is_the_union_with_the_patients_own_which_is_not_changed_here(
    api: FlaskClient, world: World
) -> None:
    for therapist_id in (1, 2):
        world.add_therapist(therapist_id)
    search_id = world.add_search(1, excluded_therapists=[2, 1])
    content(exclude(api, search_id, 1))

    shown = read_search(api, search_id)["excluded_therapists"]
    own = content(api.delete(f"{SEARCHES}/{search_id}/exclude-therapist/1"))
    kept = refusal(
        api.delete(f"{SEARCHES}/{search_id}/exclude-therapist/1"), 409, "excluded-by-patient"
    )

    assert [(e["therapist_id"], e["source"]) for e in shown] == [(1, "staff"), (2, "patient")]
    assert shown[1]["reason"] is shown[1]["excluded_at"] is shown[1]["excluded_by"] is None
    assert [(e["therapist_id"], e["source"]) for e in own["excluded_therapists"]] == [
        (1, "patient"),
        (2, "patient"),
    ]
    assert (kept["therapist_id"], kept["patient_id"]) == (1, 1)


def test_who_or_what_is_unknown_is_not_found_and_a_search_that_has_ended_keeps_its_list(
    api: FlaskClient, world: World, searches: list[int]
) -> None:
    world.add_therapist(3, deleted=True)
    content(move(api, searches[0], "abandoned", end_reason="moved"))

    for therapist_id in (3, 99):
        refusal(exclude(api, searches[1], therapist_id), 404, "not-found")
        path = f"{SEARCHES}/{searches[1]}/exclude-therapist/{therapist_id}"
        refusal(api.delete(path), 404, "not-found")
    refusal(exclude(api, 99, 1), 404, "not-found")
    ended = refusal(exclude(api, searches[0], 1), 409, "search-not-active")
    path = f"{SEARCHES}/{searches[0]}/exclude-therapist/1"
    refusal(api.delete(path), 409, "search-not-active")

    assert (ended["search_id"], ended["search_status"]) == (searches[0], "abandoned")


def test_whoever_is_excluded_while_a_wave_is_made_waits_in_no_inquiry_to_that_therapist(
    world: World, searches: list[int], database: Any
) -> None:
    """Both begin in the same moment, again and again, each first in some of the rounds."""
    for round_ in range(ROUNDS):
        therapist_id = 100 + round_
        world.add_therapist(therapist_id)
        start = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            made = pool.submit(_create, world, therapist_id, start)
            pool.submit(_exclude, world, searches[round_ % 3], therapist_id, start).result()
            made.result()

    offered = (
        "SELECT count(*) FROM therapeut_anfrage_patient r"
        " JOIN therapeutenanfrage i ON i.id = r.therapeutenanfrage_id"
        " JOIN platzsuche_exclusion e ON e.platzsuche_id = r.platzsuche_id"
        "  AND e.therapist_id = i.therapist_id AND e.removed_at IS NULL"
        " WHERE r.status = 'pending'"
    )
    with database.engine(database.url("matching_service")).connect() as session:
        excluded = session.scalar(text("SELECT count(*) FROM platzsuche_exclusion"))
        assert (excluded, session.scalar(text(offered))) == (ROUNDS, 0)
    assert deadlocks(database) == 0


def _create(world: World, therapist_id: int, start: Barrier) -> None:
    start.wait()
    request = BundleRequest(therapist_ids=[therapist_id], override_reason="Rennen")
    create_therapist_bundles(world.database, request, actor="staff1", now=world.now)


def _exclude(world: World, search_id: int, therapist_id: int, start: Barrier) -> None:
    start.wait()
    with world.database.transaction() as session:
        exclude_for_search(session, search_id, therapist_id, "x", actor="anna", now=world.now)
