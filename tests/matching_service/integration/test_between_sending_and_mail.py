"""What may happen after an inquiry was sent and before, or while, its mail goes out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matching_service.domain.lifecycle import SearchStatus
from matching_service.storage.snapshot_store import mailbox_ids
from matching_service.use_cases.mailbox_moves import take_along
from matching_service.use_cases.search_moves import Move, move_search
from matching_service.use_cases.sending import note_mail_failed, note_mail_sent
from tests.issuer import Issuer
from tests.matching_service.integration.law.law_in_sql import Law
from tests.matching_service.world import World

BUNDLES = "/api/v2/therapist-bundles"
PERMITS = "/api/v2/contact-permits"


@pytest.fixture
def law(database: Any) -> Law:
    return Law(
        database.engine(database.url("matching_service")),
        database.engine(database.owner_url("matching_service")),
    )


@pytest.fixture
def searches(world: World) -> list[int]:
    return [world.add_search(patient_id, budget=1) for patient_id in (1, 2, 3)]


@pytest.fixture
def sent(api: FlaskClient, world: World, searches: list[int]) -> int:
    """An inquiry on its way to therapist 1, at mailbox `a`."""
    assert searches
    world.add_therapist(1, mailbox="a")
    answer = api.post(f"{BUNDLES}/create", json={"send": True, "therapist_ids": [1]})
    return int((answer.json or {})["bundles"][0]["id"])


def _move(world: World, mailbox: str) -> None:
    """Therapist 1 leaves mailbox `a`."""
    with world.database.transaction() as session:
        ids = mailbox_ids(session, ["a", mailbox])
    world.add_therapist(1, version=2, mailbox=mailbox)
    with world.database.transaction() as session:
        take_along(session, ids["a"], ids[mailbox], datetime.now(UTC))


def _pause_and_resume(world: World, search_id: int, at: datetime) -> None:
    for to in (SearchStatus.PAUSED, SearchStatus.ACTIVE):
        with world.database.transaction() as session:
            move_search(session, search_id, Move(to), actor="staff1", now=at)


@pytest.mark.parametrize(
    ("purpose", "status"),
    [
        ("confirmation", 201),
        ("conflict_notice", 201),
        ("withdrawal_notice", 201),
        ("reminder", 409),
        ("inquiry", 409),
    ],
)
def test_what_answers_a_practice_is_recorded_and_only_what_nobody_asked_for_refused(
    api: FlaskClient, issuer: Issuer, searches: list[int], sent: int, purpose: str, status: int
) -> None:
    answers = [{"search_id": search, "outcome": "rejected_capacity"} for search in searches]
    response = {"responses": answers, "channel": "phone"}
    api.put(f"{BUNDLES}/{sent}/response", json=response)
    wanted = {"therapist_id": 1, "purpose": purpose, "inquiry_id": sent}

    answer = api.post(PERMITS, json=wanted, headers=issuer.bearer("service"))

    assert answer.status_code == status


def test_a_permit_for_one_mailbox_does_not_open_another(
    api: FlaskClient, world: World, issuer: Issuer, law: Law, sent: int
) -> None:
    service = issuer.bearer("service")
    wanted = {"therapist_id": 1, "purpose": "inquiry", "inquiry_id": sent}
    permit = api.post(PERMITS, json=wanted, headers=service).json or {}
    with world.database.transaction() as session:
        cooling = mailbox_ids(session, ["c"])["c"]
    law.answer(cooling, "2099-01-01")
    _move(world, "c")

    claimed = api.post(f"{PERMITS}/{permit['id']}/claim", headers=service)
    asked_again = api.post(PERMITS, json=wanted, headers=service)

    assert (claimed.status_code, (claimed.json or {})["why"]) == (409, "moved")
    assert (asked_again.json or {})["type"] == "/problems/cooling-active"


def test_an_inquiry_is_not_kept_quiet_by_itself_when_its_address_is_corrected(
    api: FlaskClient, world: World, issuer: Issuer, sent: int
) -> None:
    wanted = {"therapist_id": 1, "purpose": "inquiry", "inquiry_id": sent}
    api.post(PERMITS, json=wanted, headers=issuer.bearer("service"))
    with world.database.transaction() as session:
        note_mail_failed(session, sent, 7, "refused_by_mail_server", datetime.now(UTC))
    _move(world, "right")

    again = api.post(f"{BUNDLES}/{sent}/send")
    permit = api.post(PERMITS, json=wanted, headers=issuer.bearer("service"))

    assert (again.status_code, permit.status_code) == (202, 201)


def test_a_bundle_that_comes_back_as_a_draft_holds_nobody_who_has_left(
    api: FlaskClient, world: World, sent: int, searches: list[int]
) -> None:
    _pause_and_resume(world, searches[0], datetime.now(UTC))
    with world.database.transaction() as session:
        note_mail_failed(session, sent, 7, "no_email", datetime.now(UTC))

    draft = api.get(f"{BUNDLES}/{sent}").json or {}
    again = api.post(f"{BUNDLES}/{sent}/send")

    assert [p["search_id"] for p in draft["patients"]] == searches[1:]
    assert (draft["state"], draft["bundle_size"]) == ("draft", 2)
    assert (again.json or {})["type"] == "/problems/bundle-too-small"


def test_a_late_report_of_a_mail_is_kept_although_its_contact_was_spent_elsewhere(
    api: FlaskClient, world: World, sent: int, searches: list[int]
) -> None:
    handed_over = datetime.now(UTC)
    _pause_and_resume(world, searches[0], handed_over + timedelta(seconds=5))
    world.add_therapist(2)
    order = {"therapist_ids": [2], "override": {"reason": "ruft selbst an"}}
    other = api.post(f"{BUNDLES}/create", json=order).json or {}
    assert [p["search_id"] for p in other["bundles"][0]["patients"]] == searches[:1]

    with world.database.transaction() as session:
        note_mail_sent(session, sent, 7, handed_over)

    search = world.search(searches[0])
    assert (search.used_contacts, search.total_requested_contacts) == (2, 2)
    assert (api.get(f"{BUNDLES}/{sent}").json or {})["state"] == "sent"


@pytest.mark.parametrize("said_at_first", ["accepted", "rejected_other"])
def test_what_is_said_of_somebody_who_had_left_is_recorded_although_his_contact_is_spent(
    api: FlaskClient, world: World, sent: int, searches: list[int], said_at_first: str
) -> None:
    left, *_ = searches
    _pause_and_resume(world, left, datetime.now(UTC))
    world.add_therapist(2)
    order = {"therapist_ids": [2], "override": {"reason": "ruft selbst an"}}
    api.post(f"{BUNDLES}/create", json=order)
    with world.database.transaction() as session:
        note_mail_sent(session, sent, 7, datetime.now(UTC))

    first = _answer(api, sent, searches, {left: said_at_first})
    tag = {"If-Match": f'"{(first.json or {})["bundle"]["version"]}"'}
    corrected = _answer(
        api, sent, searches, {left: "accepted"}, tag, correction={"reason": "verhört"}
    )

    assert (first.status_code, corrected.status_code) == (200, 200)
    assert [one["state"] for one in (corrected.json or {})["conflicts"]] == ["promotable"]
    search = world.search(left)
    assert (search.used_contacts, search.total_requested_contacts) == (1, 1)


def _answer(
    api: FlaskClient,
    inquiry: int,
    searches: list[int],
    outcomes: dict[int, str],
    headers: dict[str, str] | None = None,
    **more: Any,
) -> TestResponse:
    given = [
        {"search_id": one, "outcome": outcomes.get(one, "rejected_capacity")} for one in searches
    ]
    body = {"responses": given, "channel": "phone", **more}
    return api.put(f"{BUNDLES}/{inquiry}/response", json=body, headers=headers)
