"""Whoever is excluded under the name of a merged therapist is not asked as the survivor either."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from matching_service.use_cases.exclusion_list import exclude_for_search
from matching_service.use_cases.merges import follow_merge
from tests.matching_service.desk import Desk
from tests.matching_service.world import World

DUPLICATE, SURVIVOR = 1, 2


def _desk(api: FlaskClient, world: World) -> tuple[Desk, list[int]]:
    for therapist_id in (DUPLICATE, SURVIVOR):
        world.add_therapist(therapist_id)
    return Desk(api, world), [world.add_search(patient_id) for patient_id in range(1, 5)]


def _merge(world: World) -> None:
    with world.database.transaction() as session:
        follow_merge(session, DUPLICATE, SURVIVOR, f"mailbox-{DUPLICATE}", datetime.now(UTC))


def test_a_late_not_suitable_from_the_duplicate_takes_the_search_out_of_the_survivors_draft(
    api: FlaskClient, world: World
) -> None:
    desk, (search, *_) = _desk(api, world)
    to_duplicate, to_survivor = desk.sent(DUPLICATE), desk.draft(SURVIVOR)
    assert desk.statuses(to_survivor)[search] == "pending"
    _merge(world)

    desk.answer(to_duplicate, {search: "rejected_not_suitable"})

    assert [one["therapist_id"] for one in desk.search(search)["excluded_therapists"]] == [SURVIVOR]
    assert search not in desk.statuses(to_survivor)


def test_an_exclusion_that_waited_for_the_merge_takes_the_search_out_of_the_survivors_draft(
    api: FlaskClient, world: World
) -> None:
    desk, (search, *_) = _desk(api, world)
    to_survivor = desk.draft(SURVIVOR)
    _merge(world)

    with world.database.transaction() as session:  # what it has read of the duplicate is older
        now = datetime.now(UTC)
        exclude_for_search(session, search, DUPLICATE, "kennt sie", actor="anna", now=now)

    assert [one["therapist_id"] for one in desk.search(search)["excluded_therapists"]] == [SURVIVOR]
    assert search not in desk.statuses(to_survivor)


def test_a_merge_holds_no_mailbox_while_it_waits_for_an_earlier_one(
    world: World, database: Any
) -> None:
    """The earlier one is a bundle's with a search that has excluded the duplicate."""
    asked, duplicate, survivor = (world.add_therapist(number) for number in (7, 1, 2))
    search, *_ = (world.add_search(patient_id) for patient_id in range(1, 4))
    with world.database.transaction() as session:
        exclude_for_search(session, search, 1, "kennt sie", actor="anna", now=world.now)
        session.execute(text(_DRAFT), {"mailbox": asked, "search": search})
    engine = database.engine(database.url("matching_service"))

    with ThreadPoolExecutor(1) as aside, engine.begin() as holder:
        holder.execute(text(_LOCK), {"ids": [asked]})
        merging = aside.submit(_merge, world)
        _wait_until_somebody_waits_for(holder)
        with engine.begin() as other:
            free = other.execute(text(f"{_LOCK} NOWAIT"), {"ids": [duplicate, survivor]}).all()
        assert len(free) == 2
        holder.rollback()
        merging.result(timeout=30)


def _wait_until_somebody_waits_for(holder: Connection) -> None:
    mine = "pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    waiting = f"SELECT count(*) FROM pg_stat_activity WHERE {mine}"
    deadline = time.monotonic() + 30
    while not holder.scalar(text(waiting)):
        assert time.monotonic() < deadline, "nobody waits"


_LOCK = "SELECT id FROM mailbox WHERE id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE"
_DRAFT = """
WITH inquiry AS (
    INSERT INTO therapeutenanfrage (therapist_id, mailbox_id, mailbox_key, bundle_size, created_by)
    VALUES (7, :mailbox, 'mailbox-7', 1, 'anna') RETURNING id)
INSERT INTO therapeut_anfrage_patient (therapeutenanfrage_id, platzsuche_id, patient_id)
SELECT id, :search, 1 FROM inquiry
"""
