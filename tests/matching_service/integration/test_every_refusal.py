"""For each problem that matching declares a real request that meets it, and what it tells."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from matching_service.api.routes import ROUTES
from matching_service.app import create_app
from shared.http.contract import openapi_document
from shared.http.problems import PROBLEMS
from tests.contracts.streams import wait_until
from tests.issuer import Issuer
from tests.matching_service.desk import BUNDLES, CONFLICTS, SEARCHES, Desk
from tests.matching_service.neighbours import Neighbours
from tests.matching_service.world import HAMBURG, World

ASSIGNMENT = "/api/v2/staff/manual-assignment"
PERMITS = "/api/v2/contact-permits"
FLAG = "/api/v2/feature-flags/bundle_matching"
# Far from the ids that a living patient service gives.
PATIENTS, NEWCOMER = (101, 102, 103), 104
EVERY_POINT = [
    "contracts_missing",
    "diagnosis_missing",
    "insurance_missing",
    "birth_date_missing",
    "availability_too_low",
    "last_therapy_too_recent",
    "place_unresolvable",
]


@dataclass
class Stage:
    """Three patients who search, and three therapists who would take them."""

    desk: Desk
    world: World
    issuer: Issuer
    database: Any
    searches: list[int]

    @property
    def one(self) -> int:
        return self.searches[0]

    def ask(self, method: str, path: str, **content: Any) -> TestResponse:
        return self.desk.api.open(path, method=method, **content)

    def assign(self, search_id: int, therapist_id: int = 1, **content: Any) -> TestResponse:
        wanted = {"therapist_id": therapist_id, "search_id": search_id, "reason": "passt gut"}
        return self.ask("POST", ASSIGNMENT, json=wanted, **content)

    def respond(self, bundle: dict[str, Any], *searches: int, outcome: str) -> TestResponse:
        answers = [{"search_id": one, "outcome": outcome} for one in searches]
        body = {"responses": answers, "channel": "phone"}
        return self.ask("PUT", f"{BUNDLES}/{bundle['id']}/response", json=body)


@pytest.fixture
def stage(api: FlaskClient, world: World, issuer: Issuer, database: Any) -> Stage:
    for therapist_id in (1, 2, 3):
        world.add_therapist(therapist_id)
    searches = [world.add_search(patient_id) for patient_id in PATIENTS]
    return Stage(Desk(api, world), world, issuer, database, searches)


Met = tuple[TestResponse, dict[str, Any]]
"""The answer, and its extension members."""


def malformed(stage: Stage) -> Met:
    content = {"data": "{", "content_type": "application/json"}
    return stage.ask("POST", f"{BUNDLES}/preview", **content), {}


def unauthenticated(stage: Stage) -> Met:
    return stage.ask("GET", BUNDLES, headers={"Authorization": "Bearer none"}), {}


def forbidden(stage: Stage) -> Met:
    permit = {"therapist_id": 1, "purpose": "inquiry"}
    return stage.ask("POST", PERMITS, json=permit), {}


def feature_disabled(stage: Stage) -> Met:
    off = {"enabled": False, "rollout_percentage": 100, "override_users": []}
    tag = {"If-Match": stage.ask("GET", FLAG).headers["ETag"]}
    admin = {**stage.issuer.bearer("admin"), **tag}
    assert stage.ask("PUT", FLAG, json=off, headers=admin).status_code == 200
    return stage.assign(stage.one), {"flag": "bundle_matching"}


def not_found(stage: Stage) -> Met:
    return stage.ask("GET", f"{SEARCHES}/999"), {}


def validation_failed(stage: Stage) -> Met:
    return stage.ask("POST", f"{SEARCHES}/{stage.one}/contact-requests", json={}), {}


def not_qualified(stage: Stage) -> Met:
    """`availability` and place are missing for every patient that nobody has placed."""
    with _with_neighbours(stage) as (neighbours, api):
        patient = neighbours.add(neighbours.patients)
        answer = api.post(SEARCHES, json={"patient_id": patient})
    unmet = answer.get_json()["unmet"]
    assert [point["code"] for point in unmet] == EVERY_POINT
    assert all(point["message"] for point in unmet)
    return answer, {"unmet": unmet}


def active_search_exists(stage: Stage) -> Met:
    with _with_neighbours(stage) as (neighbours, api):
        order = {
            "patient_id": neighbours.add(neighbours.patients),
            "override": {"reason": "bekannt"},
        }
        first = api.post(SEARCHES, json=order)
        assert first.status_code == 201, first.get_data(as_text=True)
        return api.post(SEARCHES, json=order), {"search_id": first.get_json()["id"]}


def unavailable(stage: Stage) -> Met:
    """No patient service is within reach."""
    return stage.ask("POST", SEARCHES, json={"patient_id": 1}), {}


def incomplete_response(stage: Stage) -> Met:
    bundle = stage.desk.sent(1)
    first, second, third = stage.searches
    return (
        stage.respond(bundle, first, 999, outcome="accepted"),
        {"missing": [second, third], "unknown": [999]},
    )


def idempotency_key_reused(stage: Stage) -> Met:
    key = {"Idempotency-Key": "einmal"}
    assert stage.assign(stage.one, headers=key).status_code == 201
    return stage.assign(stage.one, 2, headers=key), {}


def idempotency_in_progress(stage: Stage) -> Met:
    key = {"Idempotency-Key": "einmal"}
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    with ThreadPoolExecutor(1) as meanwhile, stage.world.database.transaction() as session:
        session.execute(text("SELECT id FROM mailbox FOR UPDATE"))
        app, headers = stage.desk.api.application, {**stage.issuer.bearer(), **key}
        wanted = {"therapist_id": 1, "search_id": stage.one, "reason": "passt gut"}
        first = meanwhile.submit(app.test_client().post, ASSIGNMENT, json=wanted, headers=headers)
        wait_until(lambda: stage.desk.rows(locks)[0]["count"] > 0)
        second = stage.assign(stage.one, headers=key)
        session.rollback()
        assert first.result().status_code == 201
    return second, {}


def illegal_transition(stage: Stage) -> Met:
    facts = {"current": "active", "wanted": "successful", "legal": ["paused", "abandoned"]}
    path = f"{SEARCHES}/{stage.one}/transitions"
    return stage.ask("POST", path, json={"to": "successful"}), facts


def search_not_active(stage: Stage) -> Met:
    stage.desk.move(stage.one, "paused")
    path = f"{SEARCHES}/{stage.one}/contact-requests"
    facts = {"search_id": stage.one, "search_status": "paused"}
    return stage.ask("POST", path, json={"requested_count": 1}), facts


def excluded_by_patient(stage: Stage) -> Met:
    search = stage.world.add_search(NEWCOMER, excluded_therapists=[1])
    path = f"{SEARCHES}/{search}/exclude-therapist/1"
    return stage.ask("DELETE", path), {"therapist_id": 1, "patient_id": NEWCOMER}


def not_eligible(stage: Stage) -> Met:
    answer = stage.assign(stage.world.add_search(NEWCOMER, **HAMBURG))
    unmet = answer.get_json()["unmet"]
    assert [point["code"] for point in unmet] == ["too_far"]
    assert all(point["message"] and point["detail"] for point in unmet)
    return answer, {"unmet": unmet}


def cooling_active(stage: Stage) -> Met:
    bundle = stage.desk.sent(1)
    answered = stage.desk.answer(bundle, {})
    day = answered["next_contactable_date"]
    return stage.assign(stage.one), {"next_contactable_date": day}


def contact_too_soon(stage: Stage) -> Met:
    asked = {"therapist_id": 1, "purpose": "v1_batch"}
    service = stage.issuer.bearer("service")
    permit = stage.ask("POST", PERMITS, json=asked, headers=service)
    assert permit.status_code == 201, permit.get_data(as_text=True)
    answer = stage.assign(stage.one)
    return answer, {"contactable_from": answer.get_json()["contactable_from"]}


def open_inquiry(stage: Stage) -> Met:
    bundle = stage.desk.draft(1)
    return stage.assign(stage.one), {"bundle_id": bundle["id"]}


def bundle_too_small(stage: Stage) -> Met:
    bundle = stage.desk.draft(1)
    stage.world.add_patient(PATIENTS[-1], version=2, **HAMBURG)
    answer = stage.ask("POST", f"{BUNDLES}/{bundle['id']}/send")
    [far_away] = answer.get_json()["removed"]
    assert [reason["code"] for reason in far_away["reasons"]] == ["too_far"]
    return answer, {"size": 2, "needed": 3, "removed": [far_away]}


def not_sent(stage: Stage) -> Met:
    bundle = stage.desk.draft(1)
    facts = {"bundle_id": bundle["id"], "state": "draft"}
    return stage.respond(bundle, *stage.searches, outcome="accepted"), facts


def already_answered(stage: Stage) -> Met:
    bundle = stage.desk.sent(1)
    stage.desk.answer(bundle, {stage.one: "accepted"})
    different = stage.respond(bundle, *stage.searches, outcome="rejected_other")
    return different, {"bundle": stage.desk.read(bundle)}


def correction_too_late(stage: Stage) -> Met:
    bundle = stage.desk.sent(1)
    stage.desk.answer(bundle, {stage.one: "accepted"})
    stage.desk.move(stage.one, "abandoned", end_reason="withdrew")
    answers = [{"search_id": s, "outcome": "rejected_other"} for s in stage.searches]
    body = {"responses": answers, "channel": "phone", "correction": {"reason": "verhört"}}
    tag = {"If-Match": f'"{stage.desk.read(bundle)["version"]}"'}
    path = f"{BUNDLES}/{bundle['id']}/response"
    return stage.ask("PUT", path, json=body, headers=tag), {"search_id": stage.one}


def no_channel(stage: Stage) -> Met:
    bundle = stage.desk.draft(1)
    stage.world.add_therapist(1, version=2, has_email=False, has_phone=False)
    return stage.ask("POST", f"{BUNDLES}/{bundle['id']}/send"), {"therapist_id": 1}


def plan_stale(stage: Stage) -> Met:
    """Previews are kept for fifteen minutes."""
    plan = stage.ask("POST", f"{BUNDLES}/preview", json={}).get_json()["plan_id"]
    owner = stage.database.engine(stage.database.owner_url("matching_service"))
    with owner.begin() as backdated:
        backdated.execute(
            text("UPDATE matching_service.bundle_plan SET created_at = created_at - :kept"),
            {"kept": timedelta(minutes=15)},
        )
    return stage.ask("POST", f"{BUNDLES}/create", json={"plan_id": plan}), {"plan_id": plan}


def stale(stage: Stage) -> Met:
    path, tag = f"{SEARCHES}/{stage.one}", {"If-Match": '"99"'}
    return stage.ask("PATCH", path, json={"notes": "neu"}, headers=tag), {}


def if_match_required(stage: Stage) -> Met:
    return stage.ask("PATCH", f"{SEARCHES}/{stage.one}", json={"notes": "neu"}), {}


def too_large(stage: Stage) -> Met:
    content = {"data": " " * (2**20 + 1), "content_type": "application/json"}
    return stage.ask("POST", f"{BUNDLES}/preview", **content), {}


def unsupported_media_type(stage: Stage) -> Met:
    content = {"data": "resolution=keep", "content_type": "application/x-www-form-urlencoded"}
    return stage.ask("POST", f"{CONFLICTS}/1/resolve", **content), {}


REFUSALS: dict[str, Callable[[Stage], Met]] = {
    met.__name__.replace("_", "-"): met
    for met in (
        malformed,
        unauthenticated,
        forbidden,
        feature_disabled,
        not_found,
        validation_failed,
        not_qualified,
        incomplete_response,
        idempotency_key_reused,
        idempotency_in_progress,
        active_search_exists,
        illegal_transition,
        search_not_active,
        excluded_by_patient,
        not_eligible,
        cooling_active,
        contact_too_soon,
        open_inquiry,
        bundle_too_small,
        not_sent,
        already_answered,
        correction_too_late,
        no_channel,
        plan_stale,
        stale,
        if_match_required,
        too_large,
        unsupported_media_type,
        unavailable,
    )
}
STANDARD = {"type", "title", "status", "detail", "errors"}


@pytest.mark.parametrize("slug", REFUSALS)
def test_a_real_request_meets_the_refusal(stage: Stage, slug: str) -> None:
    answer, facts = REFUSALS[slug](stage)

    status, title = PROBLEMS[slug]
    document = answer.get_json()
    assert (document["type"], answer.status_code) == (f"/problems/{slug}", status)
    assert answer.mimetype == "application/problem+json"
    assert (document["status"], document["title"]) == (status, title)
    assert {name: told for name, told in document.items() if name not in STANDARD} == facts


SHOWN_WITH_OPEN_PAGES = {"too-many-requests"}
"""By stream/test_pages.py: it takes as many pages as somebody may have open."""


def test_every_problem_that_a_route_declares_is_among_them() -> None:
    described = openapi_document("matching", ROUTES)["components"]["responses"]
    declared = {slug for name in described for slug in name.removeprefix("v1.").split(".")}

    assert set(REFUSALS) | SHOWN_WITH_OPEN_PAGES == declared


@contextmanager
def _with_neighbours(stage: Stage) -> Iterator[tuple[Neighbours, FlaskClient]]:
    """Matching beside living services of patients and therapists."""
    with ExitStack() as until_end:
        neighbours = Neighbours(stage.database, stage.issuer, until_end)
        app = create_app(neighbours.config)
        until_end.callback(app.extensions["door"].database.dispose)
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = stage.issuer.bearer()["Authorization"]
        yield neighbours, client
