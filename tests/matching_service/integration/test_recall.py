"""For some seconds a sending can be called back; then it is out."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient

from matching_service.config import Config
from matching_service.domain.bundles import BundleRules
from matching_service.domain.working_days import DRAFT_KEPT_WORKING_DAYS, after_working_days
from matching_service.use_cases.sending import let_due_inquiries_go, note_mail_failed
from tests.matching_service.desk import BUNDLES, Desk
from tests.matching_service.world import HAMBURG, World

ROUNDS = 12


@pytest.fixture
def config(config: Config) -> Config:
    return replace(config, recall_seconds=30)


@pytest.fixture
def desk(api: FlaskClient, world: World) -> Desk:
    world.add_therapist(1)
    for patient_id in (1, 2, 3, 4):
        world.add_search(patient_id)
    return Desk(api, world)


def _let_go(world: World) -> int:
    later = datetime.now(UTC) + timedelta(seconds=31)
    with world.database.transaction() as session:
        return let_due_inquiries_go(session, BundleRules(), later)


def _told(desk: Desk, kind: str) -> int:
    return [event["type"] for event in desk.events()].count(kind)


def test_a_recalled_sending_is_a_draft_again_and_nothing_has_gone_out(
    desk: Desk, world: World
) -> None:
    bundle = desk.draft(1, send=True)
    budget = [world.search(p["search_id"]).used_contacts for p in bundle["patients"]]

    recalled = desk.call("POST", f"{BUNDLES}/{bundle['id']}/recall", 200)

    assert (recalled["state"], recalled["patients"]) == ("draft", bundle["patients"])
    assert recalled["version"] > bundle["version"]
    assert [world.search(p["search_id"]).used_contacts for p in bundle["patients"]] == budget
    assert _let_go(world) == 0
    assert _told(desk, "bundle.sent") == 0
    assert desk.rows("SELECT * FROM mailbox_block") == []
    assert desk.tasks() == []


def test_the_mail_is_written_anew_without_whom_sending_had_removed(
    desk: Desk, world: World
) -> None:
    draft = desk.draft(1)
    world.add_patient(4, version=2, **HAMBURG)
    desk.call("POST", f"{BUNDLES}/{draft['id']}/send", 202)

    recalled = desk.call("POST", f"{BUNDLES}/{draft['id']}/recall", 200)

    left = [patient["search_id"] for patient in recalled["patients"]]
    last = desk.events()[-1]
    assert (len(left), recalled["bundle_size"]) == (3, 3)
    assert (last["type"], last["data"]["search_ids"]) == ("bundle.created", left)


def test_the_time_as_a_draft_begins_anew(desk: Desk) -> None:
    bundle = desk.draft(1, send=True)

    desk.call("POST", f"{BUNDLES}/{bundle['id']}/recall", 200)

    expires = desk.rows("SELECT expires_at FROM therapeutenanfrage")[0]["expires_at"]
    assert expires == after_working_days(datetime.now(UTC), DRAFT_KEPT_WORKING_DAYS)


def test_what_has_been_let_go_cannot_be_recalled(desk: Desk, world: World) -> None:
    bundle = desk.draft(1, send=True)
    assert _let_go(world) == 1

    refused = desk.call("POST", f"{BUNDLES}/{bundle['id']}/recall", 409)

    assert refused["type"] == "/problems/illegal-transition"
    assert (refused["current"], refused["wanted"]) == ("sending", "draft")
    assert refused["legal"] == ["sent", "answered", "closed"]
    assert desk.read(bundle)["state"] == "sending"


def test_a_draft_needs_no_recall(desk: Desk) -> None:
    refused = desk.call("POST", f"{BUNDLES}/{desk.draft(1)['id']}/recall", 409)

    assert refused["legal"] == ["sending", "cancelled"]


def test_only_staff_recall(desk: Desk, issuer: Any) -> None:
    bundle = desk.draft(1, send=True)

    desk.call("POST", f"{BUNDLES}/{bundle['id']}/recall", 403, headers=issuer.bearer("service"))


def test_of_a_recall_and_the_release_exactly_one_happens(desk: Desk, world: World) -> None:
    bundle = desk.draft(1)
    path = f"{BUNDLES}/{bundle['id']}"
    recalls = releases = 0

    for _ in range(ROUNDS):
        desk.call("POST", f"{path}/send", 202)
        before = _told(desk, "bundle.sent")
        recalled, released = _at_once(desk, f"{path}/recall", world)
        after = desk.rows("SELECT state, sends_at FROM therapeutenanfrage")[0]

        assert recalled != released
        assert _told(desk, "bundle.sent") - before == released
        assert after == {"state": "draft" if recalled else "sending", "sends_at": None}
        recalls, releases = recalls + recalled, releases + released
        if released:
            with world.database.transaction() as session:
                note_mail_failed(session, bundle["id"], 1, "no_email", datetime.now(UTC))

    assert recalls + releases == ROUNDS


def _at_once(desk: Desk, path: str, world: World) -> tuple[bool, bool]:
    start = Barrier(2)
    client = desk.api.application.test_client()
    client.environ_base = desk.api.environ_base

    def recall() -> bool:
        start.wait()
        status = client.post(path).status_code
        assert status in (200, 409)
        return status == 200

    def release() -> bool:
        start.wait()
        return _let_go(world) == 1

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(recall), pool.submit(release)
        return first.result(), second.result()
