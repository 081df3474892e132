"""A therapist whose address changes is left in peace all the same."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from matching_service.domain.errors import OpenInquiry
from matching_service.storage.snapshot_store import mailbox_ids
from matching_service.storage.tables import Mailbox, MailboxBlock
from matching_service.use_cases.mailbox_moves import take_along
from matching_service.use_cases.plan_bundles import (
    BundleRequest,
    compose_optimal_bundle,
    create_therapist_bundle,
)
from shared.contracts.berlin import berlin_day
from tests.issuer import Issuer
from tests.matching_service.integration.law.law_in_sql import Law
from tests.matching_service.world import World

BUNDLES = "/api/v2/therapist-bundles"


@pytest.fixture
def law(database: Any) -> Law:
    return Law(
        database.engine(database.url("matching_service")),
        database.engine(database.owner_url("matching_service")),
    )


def _sent(api: FlaskClient) -> dict[str, Any]:
    created = api.post(f"{BUNDLES}/create", json={"send": True}).json or {}
    bundle: dict[str, Any] = created["bundles"][0]
    return bundle


def test_a_therapist_who_moved_is_not_asked_again_while_an_inquiry_is_open(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1, mailbox="old")
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    _sent(api)
    world.add_therapist(1, version=2, mailbox="new")

    preview = api.post(f"{BUNDLES}/preview", json={}).json or {}

    assert [(s["therapist_id"], s["reason"]) for s in preview["skipped"]] == [(1, "open_inquiry")]


def test_an_answer_cools_the_mailbox_that_was_asked_and_the_present_one(
    api: FlaskClient, world: World, issuer: Issuer
) -> None:
    world.add_therapist(1, mailbox="old")
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    bundle = _sent(api)
    world.add_therapist(1, version=2, mailbox="new")
    responses = [
        {"search_id": p["search_id"], "outcome": "rejected_capacity"} for p in bundle["patients"]
    ]

    answer = api.put(
        f"{BUNDLES}/{bundle['id']}/response", json={"responses": responses, "channel": "phone"}
    )
    permit = api.post(
        "/api/v2/contact-permits",
        json={"therapist_id": 1, "purpose": "call"},
        headers=issuer.bearer("service"),
    )

    in_four_weeks = (berlin_day(datetime.now(UTC)) + timedelta(days=28)).isoformat()
    assert answer.status_code == 200, answer.json
    assert (permit.json or {})["next_contactable_date"] == in_four_weeks
    coolings = (api.get("/api/v2/staff/cooling-periods").json or {})["data"]
    assert sorted(c["therapist_ids"] for c in coolings) == [[], [1]]


def test_cooling_and_quiet_go_along_to_the_new_mailbox(world: World, law: Law) -> None:
    with world.database.transaction() as session:
        ids = mailbox_ids(session, ["old", "new"])
    law.contact(ids["old"])
    law.answer(ids["old"], "2099-01-01")

    with world.database.transaction() as session:
        take_along(session, ids["old"], ids["new"], datetime.now(UTC))

    with world.database.transaction() as session:
        assert session.get_one(Mailbox, ids["new"]).next_contactable_date == date(2099, 1, 1)
        blocks = session.query(MailboxBlock).filter_by(mailbox_id=ids["new"]).all()
        assert sorted(b.kind for b in blocks) == ["contact", "cooling"]
    kinds = law.one("SELECT array_agg(body->>'type') FROM outbox")[0]
    assert kinds == ["cooling.started"]


def test_quiet_that_goes_along_never_collides_with_the_quiet_that_is_there(
    world: World, law: Law
) -> None:
    with world.database.transaction() as session:
        ids = mailbox_ids(session, ["old", "new"])
    law.contact(ids["new"])
    law.contact(ids["old"])

    with world.database.transaction() as session:
        take_along(session, ids["old"], ids["new"], datetime.now(UTC))

    apart = law.one(
        "SELECT count(*) FROM mailbox_block a JOIN mailbox_block b"
        " ON a.id < b.id AND a.mailbox_id = b.mailbox_id AND a.quiet && b.quiet"
    )
    assert apart[0] == 0


def test_an_inquiry_at_an_earlier_mailbox_that_the_plan_did_not_know_is_named(
    api: FlaskClient, world: World
) -> None:
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    world.add_therapist(1, mailbox="new")
    now = datetime.now(UTC)
    with world.database.transaction() as session:
        planned = compose_optimal_bundle(session, BundleRequest(), now)
    world.add_therapist(1, version=2, mailbox="old")
    open_inquiry = _sent(api)["id"]
    world.add_therapist(1, version=3, mailbox="new")

    with pytest.raises(OpenInquiry) as refusal, world.database.transaction() as session:
        create_therapist_bundle(
            session, planned.plan.bundles[0], planned.world, BundleRequest(), "staff1", now
        )

    assert refusal.value.bundle_id == open_inquiry
