"""Who could be asked on behalf of a search, who could not and why; and who can be asked at all."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from matching_service.domain.snapshots import Place
from matching_service.storage.planning_state import read_therapists_near
from shared.db import Database
from tests.issuer import Issuer
from tests.matching_service.staff_desk import (
    SEARCHES,
    STAFF,
    content,
    create,
    exclude,
    move,
    refusal,
)
from tests.matching_service.world import AACHEN, HAMBURG, World

DEGREE_KM = 111.195  # along a meridian
IN_AACHEN = Place(AACHEN["latitude"], AACHEN["longitude"], "exact")


def _north(km: float) -> dict[str, Any]:
    """So far away on the road."""
    return {**AACHEN, "latitude": AACHEN["latitude"] + km / 1.3 / DEGREE_KM}


def _eligible(api: FlaskClient, search_id: int, **query: Any) -> dict[str, Any]:
    return content(api.get(f"{SEARCHES}/{search_id}/eligible-therapists", query_string=query))


def _codes(item: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in item["reasons"]]


def _ids(page: dict[str, Any]) -> list[int]:
    return [item["therapist_id"] for item in page["data"]]


def test_the_eligible_ones_are_listed_in_the_order_in_which_they_would_be_asked(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1, **_north(20))
    world.add_therapist(2, **_north(5))
    world.add_therapist(3, **_north(25), potentially_available=True)
    world.add_therapist(4, **_north(1), preferred_diagnoses=["F40"])
    world.add_therapist(5, **_north(40))
    search_id = world.add_search(1)

    page = _eligible(api, search_id)

    assert [(item["therapist_id"], item["rank"]) for item in page["data"]] == [
        (3, 1),
        (2, 2),
        (1, 3),
        (4, 4),
    ]
    assert (page["status"], page["obstacles"], page["within_km"]) == ("active", [], 30)
    assert (page["data"][1]["distance_km"], page["data"][1]["approximate"]) == (5.0, True)
    preference = page["data"][3]["preferences"][0]
    assert (preference["code"], preference["detail"]["state"]) == ("diagnosis", "relaxed")


def test_everybody_else_nearby_says_in_words_what_stands_in_the_way_and_what_it_would_take(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1, **_north(41))
    world.add_therapist(2, kassensitz=None)
    world.add_therapist(3, opted_out=True, mailbox="praxis")
    world.add_therapist(4)
    world.add_therapist(5, **HAMBURG)
    search_id = world.add_search(1)
    content(exclude(api, search_id, 4))

    page = _eligible(api, search_id, include_ineligible="true")

    told = {item["therapist_id"]: item for item in page["data"]}
    assert {one: _codes(item) for one, item in told.items()} == {
        1: ["too_far"],
        2: ["insurance"],
        3: ["opted_out"],
        4: ["excluded"],
    }
    assert not any(item["eligible"] or item["rank"] for item in page["data"])
    assert _ids(page)[-1] == 1
    assert page["within_km"] == 60
    too_far = told[1]
    assert too_far["reasons"][0]["text"] == "Zu weit entfernt (41,0 km, Grenze 30 km)."
    assert too_far["would_need"] == [
        {"code": "too_far", "detail": {"patient.max_km": 41}, "text": "Umkreis von 41 km."}
    ]


def test_one_therapist_is_explained_wherever_and_with_the_rank_among_all(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1, **_north(1), mailbox="praxis")
    world.add_therapist(2, **_north(2))
    world.add_therapist(3, **_north(3), mailbox="praxis")
    world.add_therapist(4, **HAMBURG)
    search_id = world.add_search(1)

    second, colleague, far = (_eligible(api, search_id, therapist_id=one) for one in (2, 3, 4))
    unknown = api.get(f"{SEARCHES}/{search_id}/eligible-therapists?therapist_id=99")

    assert (second["data"][0]["rank"], second["total"]) == (2, 1)
    assert colleague["data"][0]["reasons"][0]["detail"] == {"therapist_id": 1}
    assert _codes(far["data"][0]) == ["too_far"]
    refusal(unknown, 404, "not-found")


@pytest.mark.parametrize(
    ("to", "facts"), [("paused", {}), ("abandoned", {"end_reason": "unreachable"})]
)
def test_for_a_search_that_rests_or_has_ended_nobody_is_offered_and_the_answer_says_why(
    api: FlaskClient, world: World, to: str, facts: dict[str, str]
) -> None:
    world.add_therapist(1)
    search_id = world.add_search(1)
    content(move(api, search_id, to, **facts))

    offered = _eligible(api, search_id)
    everybody = _eligible(api, search_id, include_ineligible="true")

    assert (offered["status"], offered["data"], offered["total"]) == (to, [], 0)
    assert [one["code"] for one in offered["obstacles"]] == ["search_not_active"]
    assert [_codes(item) for item in everybody["data"]] == [["search_not_active"]]


def test_pages_follow_each_other_without_gaps_while_therapists_come(
    api: FlaskClient, world: World
) -> None:
    for therapist_id in range(1, 8):
        world.add_therapist(therapist_id, **_north(therapist_id * 6))
    search_id = world.add_search(1)

    seen, cursor = [], None
    while True:
        query = {"limit": 2, "include_ineligible": "true", **({"cursor": cursor} if cursor else {})}
        page = _eligible(api, search_id, **query)
        seen += _ids(page)
        world.add_therapist(100 + len(seen), **_north(0))  # before what has been shown
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("cursor", ["x", "W10=", "WzAsMCwwLDAuMF0=", "WzAsMCwwLE5hTiwxXQ=="])
def test_a_cursor_of_another_list_is_refused(api: FlaskClient, world: World, cursor: str) -> None:
    search_id = world.add_search(1)

    problem = refusal(
        api.get(f"{SEARCHES}/{search_id}/eligible-therapists?cursor={cursor}"),
        422,
        "validation-failed",
    )

    assert [error["field"] for error in problem["errors"]] == ["cursor"]


def test_a_region_tells_who_can_be_asked_now_and_why_others_cannot(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    world.add_therapist(2, potentially_available=True)
    world.add_therapist(3, status="gesperrt")
    world.add_therapist(4, kontakt_wieder_ab=date(2099, 1, 1))
    world.add_therapist(5, mailbox="mailbox-1")
    world.add_therapist(6)
    world.add_therapist(7, **HAMBURG)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    create(api, 6)
    path = f"{STAFF}/eligible-therapists"

    now = content(api.get(f"{path}?plz_prefix=52"))
    everybody = content(api.get(f"{path}?plz_prefix=52&include_ineligible=true"))

    assert [(item["therapist_id"], item["rank"]) for item in now["data"]] == [(2, 1), (1, 2)]
    assert (now["search_id"], now["data"][0]["distance_km"]) == (None, None)
    assert {item["therapist_id"]: _codes(item) for item in everybody["data"]} == {
        1: [],
        2: [],
        3: ["blocked"],
        4: ["later"],
        5: ["same_mailbox"],
        6: ["open_inquiry"],
    }


def test_staff_ask_for_a_search_or_a_region_and_not_for_both(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    search_id = world.add_search(1)
    path = f"{STAFF}/eligible-therapists"

    same = content(api.get(f"{path}?search_id={search_id}"))

    assert same == _eligible(api, search_id)
    for query in ("", f"search_id={search_id}&plz_prefix=52", "plz_prefix=5x", "plz_prefix="):
        refusal(api.get(f"{path}?{query}"), 422, "validation-failed")
    refusal(api.get(f"{path}?search_id=99"), 404, "not-found")


def test_services_do_not_ask_who_is_eligible(api: FlaskClient, issuer: Issuer) -> None:
    answer = api.get(f"{STAFF}/eligible-therapists?plz_prefix=5", headers=issuer.bearer("service"))

    refusal(answer, 403, "forbidden")


def test_reasons_in_bundles_can_be_read_as_well(api: FlaskClient, world: World) -> None:
    world.add_therapist(1, preferred_diagnoses=["F40"])
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)

    reason = create(api, 1)["patients"][0]["reasons"][0]

    assert reason["text"] == "Bevorzugt werden andere Diagnosen (F40) als F32.1."


def test_who_is_near_is_found_by_an_index(world: World, database: Any) -> None:
    """30,000 therapists all over the country, a hundred of them near."""
    world.add_therapist(1)
    owner: Engine = database.engine(database.owner_url("matching_service"))
    with owner.begin() as session:
        session.execute(text(_MANY_THERAPISTS))
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        session.execute(text("ANALYZE therapist_snapshot, mailbox"))

    near, plan = _read_and_explained(world.database)

    assert 1 <= near < 1000
    assert not [line for line in plan if "Seq Scan on therapist_snapshot" in line]
    assert [line for line in plan if "idx_therapist_snapshot_place" in line]


def _read_and_explained(database: Database) -> tuple[int, list[str]]:
    """How many were read, and how the server went about it."""
    sent: list[tuple[str, Any]] = []

    def keep(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        sent.append((statement, values))

    with database.transaction() as session:
        event.listen(database.engine, "before_cursor_execute", keep)
        near = len(read_therapists_near(session, IN_AACHEN, 30))
        event.remove(database.engine, "before_cursor_execute", keep)
        statement, values = sent[0]
        plan = session.connection().exec_driver_sql(f"EXPLAIN {statement}", values)
        return near, list(plan.scalars())


_MANY_THERAPISTS = """
WITH boxes AS (
    INSERT INTO mailbox (mailbox_key) SELECT 'many-' || n FROM generate_series(1, 30000) n
    RETURNING id
)
INSERT INTO therapist_snapshot
    (therapist_id, version, mailbox_id, mailbox_key, status, latitude, longitude, place_status, plz)
SELECT 1000 + id, 1, id, 'many-' || id, 'aktiv',
    47.5 + (id * 7919 % 7000) / 1000.0, 6.0 + (id * 104729 % 9000) / 1000.0, 'exact', '10115'
FROM boxes
"""
