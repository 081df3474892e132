"""What planning reads, what it leaves out, and what it leaves behind with every bundle."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from matching_service.domain.chances import TYPICAL_CHANCE
from matching_service.domain.snapshots import AnswerRecord, Place, UnknownPlace
from matching_service.storage.answer_records import with_records
from matching_service.storage.planning_state import read_searches_near, read_therapists
from shared.db import Database
from tests.matching_service.world import AACHEN, HAMBURG, World

BUNDLES = "/api/v2/therapist-bundles"
IN_AACHEN = Place(AACHEN["latitude"], AACHEN["longitude"], "exact")
DEGREE_KM = 111.195  # along a meridian


@pytest.fixture
def owner(database: Any) -> Engine:
    engine: Engine = database.engine(database.owner_url("matching_service"))
    return engine


@pytest.mark.parametrize(
    ("max_km", "km_away", "read"),
    [
        (30, 23.0, True),  # 29.9 km by car
        (None, 23.0, True),
        (30, 40.0, False),
        (10, 23.0, False),
        (50, 38.0, True),
        (60, 46.0, True),
        (60, 400.0, True),  # farther than the index looks: the rule decides
    ],
)
def test_nobody_who_might_reach_a_place_is_left_out(
    world: World, max_km: int | None, km_away: float, read: bool
) -> None:
    place = {**AACHEN, "latitude": AACHEN["latitude"] + km_away / DEGREE_KM}
    search_id = world.add_search(1, max_km=max_km, **place)

    with world.database.transaction() as session:
        found = [one.search_id for one in read_searches_near(session, [IN_AACHEN], ())]

    assert found == ([search_id] if read else [])


def test_near_an_unknown_place_there_are_only_those_who_were_asked_for(world: World) -> None:
    first, second = world.add_search(1), world.add_search(2, **HAMBURG)

    with world.database.transaction() as session:
        pinned = read_searches_near(session, [UnknownPlace("pending")], [second])
        nobody = read_searches_near(session, [UnknownPlace("pending")], [])

    assert first != second
    assert ([one.search_id for one in pinned], nobody) == ([second], [])


def test_a_therapist_by_name_gets_the_bundle_that_a_wave_would_give(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    for patient_id in range(1, 9):
        world.add_search(patient_id, max_km=patient_id)
    world.add_search(9, **HAMBURG)

    by_name, in_wave = (_posted(api, "preview", **order) for order in ({"therapist_ids": [1]}, {}))

    assert by_name["bundles"] == in_wave["bundles"]
    assert [one["search_id"] for one in by_name["unplaced"]] == [7, 8]
    assert [one["search_id"] for one in in_wave["unplaced"]] == [7, 8, 9]


def test_every_plan_says_how_good_it_is(api: FlaskClient, world: World) -> None:
    for therapist_id in (1, 2, 3):
        world.add_therapist(therapist_id)
    for patient_id in range(1, 10):
        world.add_search(patient_id)

    certificate = _posted(api, "preview")["certificate"]
    created = _posted(api, "create")

    assert created["certificate"] == certificate
    assert 0 < certificate["value"] <= certificate["bound"]
    assert certificate["gap"] == pytest.approx(
        1 - certificate["value"] / certificate["bound"], abs=1e-6
    )


def test_every_bundle_keeps_what_the_planner_knew(
    api: FlaskClient, world: World, owner: Engine
) -> None:
    world.add_therapist(1)
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3)]
    _posted(api, "create")

    with owner.connect() as session:
        planner: Any = session.scalar(text("SELECT planner FROM therapeutenanfrage"))

    assert planner["planner"] == "whole-bundles-1"
    assert planner["chance"] == pytest.approx(TYPICAL_CHANCE)
    assert planner["field"] == 3
    assert [one["search_id"] for one in planner["members"]] == searches
    assert [one["chosen_as"] for one in planner["members"]] == ["leader", "gain", "gain"]
    assert planner["members"][0] == {
        "chosen_as": "leader",
        "search_id": searches[0],
        "waiting_days": 0,
        "open_inquiries": 0,
        "weight": 1.0,
        "relaxation": 0,
    }


def test_a_record_counts_inquiries_that_are_over_and_what_was_said_to_each_patient(
    api: FlaskClient, world: World
) -> None:
    for therapist_id in (1, 2):
        world.add_therapist(therapist_id)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    answered = _posted(api, "create", therapist_ids=[1], send=True)
    _answer(
        api,
        answered["bundles"][0],
        lambda position: "rejected_capacity" if position else "accepted",
    )
    _posted(api, "create", therapist_ids=[2], send=True)

    records = _records(world.database)

    assert records == {1: AnswerRecord(1, 1, 3, 1), 2: AnswerRecord()}


def _posted(api: FlaskClient, act: str, **order: Any) -> dict[str, Any]:
    answer = api.post(f"{BUNDLES}/{act}", json=order).get_json()
    assert isinstance(answer, dict)
    return answer


def _answer(api: FlaskClient, bundle: dict[str, Any], outcome: Callable[[int], str]) -> None:
    responses = [
        {"search_id": one["search_id"], "outcome": outcome(position)}
        for position, one in enumerate(bundle["patients"])
    ]
    body = {"responses": responses, "channel": "phone", "responded_at": _now()}
    answer = api.put(f"{BUNDLES}/{bundle['id']}/response", json=body)
    assert answer.status_code == 200, answer.json


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _records(database: Database) -> dict[int, AnswerRecord]:
    with database.transaction() as session:
        therapists = with_records(session, read_therapists(session))
    return {one.therapist_id: one.record for one in therapists}
