"""Whoever is excluded under the name of a merged therapist is not asked as the survivor either."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from matching_service.storage.snapshot_store import mailboxes_of_therapists
from matching_service.use_cases.exclusion_list import exclude_for_search
from matching_service.use_cases.merges import follow_merge
from tests.issuer import Issuer
from tests.matching_service.conftest import deadlocks
from tests.matching_service.desk import Desk
from tests.matching_service.locks_in_sql import HOLD_MAILBOXES, wait_until_somebody_waits_for
from tests.matching_service.neighbours import Neighbours
from tests.matching_service.world import World

DUPLICATE, SURVIVOR = 1, 2


@pytest.fixture
def neighbours(database: Any, issuer: Issuer) -> Iterator[Neighbours]:
    with ExitStack() as until_end:
        yield Neighbours(database, issuer, until_end)


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
        session.execute(text(_DRAFT), {"therapist": 7, "search": search})
    engine = database.engine(database.url("matching_service"))

    with ThreadPoolExecutor(1) as aside, engine.begin() as holder:
        holder.execute(text(HOLD_MAILBOXES), {"ids": [asked]})
        merging = aside.submit(_merge, world)
        wait_until_somebody_waits_for(holder)
        with engine.begin() as other:
            free = other.execute(
                text(f"{HOLD_MAILBOXES} NOWAIT"), {"ids": [duplicate, survivor]}
            ).all()
        assert len(free) == 2
        holder.rollback()
        merging.result(timeout=30)


def test_a_merge_that_waits_holds_up_no_exclusion_of_anybody_else(
    world: World, database: Any
) -> None:
    _, survivor, _ = (world.add_therapist(number) for number in (1, 2, 3))
    search = world.add_search(1)
    engine = database.engine(database.url("matching_service"))

    with ThreadPoolExecutor(1) as aside, engine.begin() as holder:
        holder.execute(text(HOLD_MAILBOXES), {"ids": [survivor]})
        merging = aside.submit(_merge, world)
        wait_until_somebody_waits_for(holder)
        with world.database.transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '2s'"))
            exclude_for_search(session, search, 3, "kennt sie", actor="anna", now=world.now)
        holder.rollback()
        merging.result(timeout=30)

    assert world.search(search).excluded_therapists == [3]


def test_an_exclusion_that_is_being_written_while_two_become_one_holds_for_the_survivor(
    api: FlaskClient, world: World, database: Any
) -> None:
    desk, (search, *_) = _desk(api, world)
    to_survivor = desk.draft(SURVIVOR)

    with ThreadPoolExecutor(1) as aside:
        with world.database.transaction() as session:
            exclude_for_search(session, search, DUPLICATE, "kennt sie", actor="anna", now=world.now)
            merging = aside.submit(_merge, world)
            wait_until_somebody_waits_for(session.connection())
        merging.result(timeout=30)

    assert [one["therapist_id"] for one in desk.search(search)["excluded_therapists"]] == [SURVIVOR]
    assert search not in desk.statuses(to_survivor)
    assert deadlocks(database) == 0


def test_a_loss_holds_no_mailbox_while_it_waits_for_an_earlier_one(
    world: World, neighbours: Neighbours, database: Any
) -> None:
    """The duplicate has an open inquiry, and the search that has excluded the duplicate sits in one
    to somebody else, whose mailbox comes first."""
    three = [neighbours.add(neighbours.therapists, email=f"{one}@example.org") for one in "abc"]
    neighbours.let_matching_hear()
    with world.database.transaction() as session:
        mailboxes = mailboxes_of_therapists(session, three)
    first, duplicate, survivor = sorted(three, key=lambda one: mailboxes[one])
    [search, other] = (world.add_search(patient_id) for patient_id in (8001, 8002))
    with world.database.transaction() as session:
        exclude_for_search(session, search, duplicate, "kennt sie", actor="anna", now=world.now)
    neighbours.merge(survivor, duplicate)
    with world.database.transaction() as session:  # before that is heard of
        for therapist_id, asked in ((first, search), (duplicate, other)):
            session.execute(text(_DRAFT), {"therapist": therapist_id, "search": asked})
    engine = database.engine(database.url("matching_service"))

    with ThreadPoolExecutor(1) as aside, engine.begin() as holder:
        holder.execute(text(HOLD_MAILBOXES), {"ids": [mailboxes[first]]})
        hearing = aside.submit(neighbours.let_matching_hear)
        wait_until_somebody_waits_for(holder)
        with engine.begin() as beside:
            later = [mailboxes[duplicate], mailboxes[survivor]]
            free = beside.execute(text(f"{HOLD_MAILBOXES} NOWAIT"), {"ids": later}).all()
        assert len(free) == 2
        holder.rollback()
        hearing.result(timeout=30)

    assert world.search(search).excluded_therapists == [survivor]


_DRAFT = """
WITH inquiry AS (
    INSERT INTO therapeutenanfrage (therapist_id, mailbox_id, mailbox_key, bundle_size, created_by)
    SELECT therapist_id, mailbox_id, mailbox_key, 1, 'anna' FROM therapist_snapshot
    WHERE therapist_id = :therapist RETURNING id)
INSERT INTO therapeut_anfrage_patient (therapeutenanfrage_id, platzsuche_id, patient_id)
SELECT id, :search, 1 FROM inquiry
"""
