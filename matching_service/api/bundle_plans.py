"""/api/v2/therapist-bundles/preview and …/create"""

import time
from dataclasses import replace
from typing import Any

from matching_service.api import schemas
from matching_service.api.views import bundle_views, preview_view, wave_view
from matching_service.domain.errors import DomainError
from matching_service.domain.explanations import Reason
from matching_service.domain.plans import WaveOrder
from matching_service.storage import queries
from matching_service.storage.planning_turn import planning_turn
from matching_service.use_cases import inquiries, plan_bundles, stored_plans
from matching_service.use_cases.plan_bundles import BundleRequest, CreatedWave
from matching_service.wiring import Wiring
from shared.http.declarations import body, idempotent, refuses, returns, roles
from shared.http.problems import field_error
from shared.http.resource import Call, Resource


class PreviewBundles(Resource[Wiring]):
    @roles("staff")
    @body(schemas.BundleOrder)
    @returns(schemas.PlanAnswer)
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Bündel vorschlagen, ohne etwas anzulegen"""
        started = time.perf_counter()
        composition = plan_bundles.compose_bundles(call.session, _request(call), call.now)
        plan_id = stored_plans.keep_preview(call.session, composition, call.actor.name, call.now)
        return preview_view(composition.plan, plan_id, _ms_since(started))


class CreateBundles(Resource[Wiring]):
    """A wave commits bundle by bundle, in transactions of its own beside the door's."""

    @roles("staff")
    @body(schemas.BundleOrder)
    @returns(schemas.PlanAnswer, 201)
    @idempotent
    @refuses("plan-stale")
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Bündel anlegen, auf Wunsch gleich senden"""
        started = time.perf_counter()
        with planning_turn(call.wiring.database):
            created = _create(call, _request(call))
        if call.body["send"]:
            _send_all(call, created)
        plan_id = stored_plans.keep_creation(call.session, created, call.actor.name, call.now)
        found = queries.inquiries_by_id(call.session, created.inquiry_ids)
        bundles = bundle_views(call.session, found)
        return wave_view(bundles, created, plan_id, _ms_since(started))

    def render(self, call: Call[Wiring], resource_id: str) -> dict[str, Any]:
        ids = stored_plans.inquiries_of_plan(call.session, resource_id)
        bundles = bundle_views(call.session, queries.inquiries_by_id(call.session, ids))
        return wave_view(bundles, CreatedWave(ids), resource_id, 0.0)


def _request(call: Call[Wiring]) -> BundleRequest:
    wanted, rules = call.body, call.wiring.rules
    override = wanted.get("override")
    smallest = wanted.get("min_size", rules.min_size)
    largest = wanted.get("max_size", rules.max_size)
    if smallest > largest:
        raise field_error("min_size", "greater_than_max_size", "Größer als max_size.")
    return BundleRequest(
        therapist_ids=wanted.get("therapist_ids"),
        plz_prefix=wanted.get("plz_prefix"),
        override_reason=override["reason"] if override else None,
        order=WaveOrder(
            rules=replace(
                rules, min_size=smallest, max_size=largest, small_allowed=override is not None
            ),
            max_bundles=wanted.get("max_bundles"),
            pinned=_assignments(wanted["pinned"]),
            excluded=_assignments(wanted["excluded"]),
        ),
    )


def _assignments(pairs: list[dict[str, int]]) -> frozenset[tuple[int, int]]:
    return frozenset((pair["therapist_id"], pair["search_id"]) for pair in pairs)


def _create(call: Call[Wiring], request: BundleRequest) -> CreatedWave:
    database, actor, now = call.wiring.database, call.actor.name, call.now
    if "plan_id" not in call.body:
        return plan_bundles.create_therapist_bundles(database, request, actor=actor, now=now)
    with database.transaction() as session:
        recalled = stored_plans.recall_preview(session, call.body["plan_id"], now)
    created = CreatedWave(plan=recalled.composition.plan)
    stale = plan_bundles.create_planned(
        database, recalled.composition, request, created, actor=actor, now=now
    )
    created.skipped += [(t, Reason("changed_meanwhile")) for t in [*recalled.stale, *stale]]
    return created


def _send_all(call: Call[Wiring], created: CreatedWave) -> None:
    """A bundle that can no longer be sent stays a draft and says so."""
    for inquiry_id in created.inquiry_ids:
        try:
            with call.wiring.database.transaction() as session:
                inquiries.send_inquiry(
                    session,
                    inquiry_id,
                    rules=call.wiring.rules,
                    recall=call.wiring.recall,
                    now=call.now,
                )
        except DomainError:
            continue


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
