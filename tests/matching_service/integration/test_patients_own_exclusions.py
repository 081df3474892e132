"""Whom a patient excludes at the patient service: open inquiries follow, as for a search's list."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from matching_service.consumers import HANDLERS
from matching_service.storage.snapshot_store import keep_patients
from matching_service.use_cases.merges import follow_merge
from matching_service.use_cases.patient_exclusions import follow_list_of
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from tests.issuer import Issuer
from tests.matching_service.desk import Desk
from tests.matching_service.neighbours import Neighbours
from tests.matching_service.world import World, patient

THERAPIST, OTHER, DUPLICATE = 1, 2, 3


@pytest.fixture
def neighbours(database: Any, issuer: Issuer) -> Iterator[Neighbours]:
    with ExitStack() as until_end:
        yield Neighbours(database, issuer, until_end)


@pytest.fixture
def desk(api: FlaskClient, world: World) -> Desk:
    for therapist_id in (THERAPIST, OTHER):
        world.add_therapist(therapist_id)
    return Desk(api, world)


@pytest.fixture
def searches(desk: Desk) -> list[int]:
    return [desk.world.add_search(patient_id) for patient_id in (1, 2, 3, 4)]


def _copy(world: World, patient_id: int, *excluded: int) -> None:
    with world.database.transaction() as session:
        changed = patient(patient_id, version=2, excluded_therapists=list(excluded))
        keep_patients(session, [changed])


def _exclude(world: World, patient_id: int, *excluded: int) -> None:
    """The patient's list as it is copied, and what follows."""
    _copy(world, patient_id, *excluded)
    with world.database.transaction() as session:
        follow_list_of(session, patient_id, datetime.now(UTC))


def _merge(world: World) -> None:
    with world.database.transaction() as session:
        follow_merge(session, DUPLICATE, THERAPIST, f"mailbox-{DUPLICATE}", datetime.now(UTC))


@pytest.mark.parametrize("state", ["sending", "sent"])
def test_an_open_inquiry_to_the_excluded_therapist_loses_the_patient_and_no_other_does(
    desk: Desk, searches: list[int], state: str
) -> None:
    search, *others = searches
    asked = desk.sent(THERAPIST) if state == "sent" else desk.draft(THERAPIST, send=True)
    elsewhere = desk.draft(OTHER)
    assert asked["state"] == state

    _exclude(desk.world, 1, THERAPIST)

    assert desk.statuses(asked) == {search: "withdrawn", **dict.fromkeys(others, "pending")}
    assert desk.read(elsewhere) == elsewhere
    left = [line for line in desk.history(search) if line["kind"] == "withdrawn"]
    assert [(one["actor"], one["reason"], one["ref"]) for one in left] == [
        ("system", "therapist_excluded", f"bundle:{asked['id']}")
    ]


def test_a_draft_is_written_anew_without_the_patient(desk: Desk, searches: list[int]) -> None:
    draft = desk.draft(THERAPIST)

    _exclude(desk.world, 1, THERAPIST)

    assert list(desk.statuses(draft)) == searches[1:]
    assert desk.events()[-1]["type"] == "bundle.created"


def test_what_is_heard_again_or_names_somebody_else_changes_nothing(
    desk: Desk, searches: list[int]
) -> None:
    asked = desk.sent(THERAPIST)
    _exclude(desk.world, 1, THERAPIST)
    _exclude(desk.world, 2, OTHER)
    before = desk.read(asked), desk.events(), desk.history(searches[0])

    for patient_id in (1, 2, 3):
        with desk.world.database.transaction() as session:
            follow_list_of(session, patient_id, datetime.now(UTC))

    assert (desk.read(asked), desk.events(), desk.history(searches[0])) == before


def test_an_acceptance_by_the_excluded_therapist_places_nobody(
    desk: Desk, searches: list[int]
) -> None:
    asked = desk.sent(THERAPIST)
    _exclude(desk.world, 1, THERAPIST)

    answered = desk.answer(asked, {searches[0]: "accepted"})

    assert desk.statuses(asked)[searches[0]] == "conflict"
    assert desk.search(searches[0])["status"] == "active"
    assert [one["search_id"] for one in answered["conflicts"]] == [searches[0]]


def test_nor_does_one_that_comes_between_the_copy_and_what_follows_from_it(
    desk: Desk, searches: list[int]
) -> None:
    asked = desk.sent(THERAPIST)
    _copy(desk.world, 1, THERAPIST)

    desk.answer(asked, {searches[0]: "accepted", searches[1]: "accepted"})

    assert [desk.statuses(asked)[one] for one in searches[:2]] == ["conflict", "accepted"]
    assert [desk.search(one)["status"] for one in searches[:2]] == ["active", "in_sessions"]


def test_an_acceptance_that_came_before_the_exclusion_stands(
    desk: Desk, searches: list[int]
) -> None:
    asked = desk.sent(THERAPIST)
    desk.answer(asked, {searches[0]: "accepted"})

    _exclude(desk.world, 1, THERAPIST)

    assert desk.statuses(asked)[searches[0]] == "accepted"
    assert desk.search(searches[0])["status"] == "in_sessions"


def test_whoever_excluded_the_duplicate_leaves_the_inquiry_to_the_survivor_with_the_merge(
    desk: Desk, searches: list[int]
) -> None:
    desk.world.add_therapist(DUPLICATE)
    asked = desk.sent(THERAPIST)
    _exclude(desk.world, 1, DUPLICATE)
    assert desk.statuses(asked)[searches[0]] == "pending"

    _merge(desk.world)

    assert desk.statuses(asked)[searches[0]] == "withdrawn"


def test_whoever_excludes_the_duplicate_after_the_merge_leaves_it_as_well(
    desk: Desk, searches: list[int]
) -> None:
    asked = desk.sent(THERAPIST)
    _merge(desk.world)

    _exclude(desk.world, 1, DUPLICATE)

    assert desk.statuses(asked)[searches[0]] == "withdrawn"


def test_what_staff_write_at_the_patient_service_is_followed_once_and_never_by_a_replay(
    desk: Desk, neighbours: Neighbours
) -> None:
    here = neighbours.add(neighbours.patients)
    therapist_id = neighbours.add(neighbours.therapists, email="a@example.org")
    neighbours.let_matching_hear()
    inquiry = desk.rows(_SENDING, patient=here, therapist=therapist_id)[0]["id"]
    status = "SELECT status FROM therapeut_anfrage_patient WHERE therapeutenanfrage_id = :id"

    neighbours.change(neighbours.patients, here, ausgeschlossene_therapeuten=[therapist_id])
    _project_alone(neighbours, here)
    assert desk.rows(status, id=inquiry) == [{"status": "pending"}]
    neighbours.let_matching_hear()

    assert desk.rows(status, id=inquiry) == [{"status": "withdrawn"}]
    with neighbours.wiring.database.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM parked")) == 0


def _project_alone(neighbours: Neighbours, patient_id: int) -> None:
    """As `make rebuild` does."""
    now = datetime.now(UTC)
    data = {"patient_id": patient_id, "version": 2}
    event = Event(uuid4(), "patient.updated", "patient-events", str(patient_id), "/test", now, data)
    with neighbours.wiring.database.transaction() as session:
        Handlers(projections=HANDLERS.projections).project(session, [event], neighbours.wiring, now)


_SENDING = """
WITH search AS (
    INSERT INTO platzsuche (patient_id, status, created_by, total_requested_contacts)
    VALUES (:patient, 'active', 'anna', 5) RETURNING id),
inquiry AS (
    INSERT INTO therapeutenanfrage (therapist_id, mailbox_id, mailbox_key, bundle_size, created_by,
        size_exception, state)
    SELECT therapist_id, mailbox_id, mailbox_key, 1, 'anna', 'manual', 'sending'
    FROM therapist_snapshot WHERE therapist_id = :therapist RETURNING id)
INSERT INTO therapeut_anfrage_patient (therapeutenanfrage_id, platzsuche_id, patient_id)
SELECT inquiry.id, search.id, :patient FROM inquiry, search RETURNING therapeutenanfrage_id AS id
"""
