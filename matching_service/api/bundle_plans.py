"""/api/v2/therapist-bundles/preview and …/create"""

import json
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4, uuid5

from flask import request
from sqlalchemy.exc import IntegrityError

from matching_service.api import schemas
from matching_service.api.views import bundle_views, preview_view, wave_view
from matching_service.domain.errors import DomainError
from matching_service.domain.plans import WaveOrder
from matching_service.storage import queries
from matching_service.storage.planning_turn import (
    Interrupted,
    bundle_transaction,
    planning_turn,
)
from matching_service.use_cases import plan_bundles, sending, stored_plans
from matching_service.use_cases.feature_flags import require_bundle_matching
from matching_service.use_cases.plan_bundles import BundleRequest
from matching_service.use_cases.stored_plans import CreatedWave
from matching_service.wiring import Wiring
from shared.http.declarations import body, idempotent, refuses, returns, roles
from shared.http.problems import field_error
from shared.http.resource import Call, Resource

_WAVES = UUID("5d0c7e1e-6c0e-4f43-9a53-0b1a4b0b7b52")  # a name space of their own, any value


class PreviewBundles(Resource[Wiring]):
    @roles("staff")
    @body(schemas.BundleOrder)
    @returns(schemas.PlanAnswer)
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Bündel vorschlagen, ohne etwas anzulegen"""
        started = time.perf_counter()
        wanted = _request(call)
        composition = plan_bundles.compose_optimal_bundle(call.session, wanted, call.now)
        plan_id = stored_plans.keep_preview(
            call.session, composition, wanted.override_reason, call.actor.name, call.now
        )
        return preview_view(composition.plan, plan_id, _ms_since(started))


class CreateBundles(Resource[Wiring]):
    """A wave commits bundle by bundle, in transactions of its own beside the door's."""

    @roles("staff")
    @body(schemas.BundleOrder)
    @returns(schemas.PlanAnswer, 201)
    @idempotent
    @refuses("plan-stale", "feature-disabled")
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Bündel anlegen, auf Wunsch gleich senden"""
        require_bundle_matching(call.wiring.flags, call.actor.name)
        started = time.perf_counter()
        wanted = replace(_request(call), wave_id=_wave_id(call))
        with _turn(call, wanted):
            created = _create(call, wanted)
        if call.body["send"]:
            _send_all(call, created)
        plan_id, kept = stored_plans.keep_creation(
            call.session, created, _ms_since(started), call.actor.name, call.now
        )
        return _answer(call, plan_id, kept)

    def render(self, call: Call[Wiring], resource_id: str) -> dict[str, Any]:
        plan_id = UUID(resource_id)
        return _answer(call, plan_id, stored_plans.recall_creation(call.session, plan_id))


def _answer(call: Call[Wiring], plan_id: UUID, kept: Mapping[str, Any]) -> dict[str, Any]:
    found = queries.inquiries_by_id(call.session, kept["inquiry_ids"])
    return wave_view(bundle_views(call.session, found), kept, plan_id)


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
        learns_chances=call.wiring.learns_chances,
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


def _wave_id(call: Call[Wiring]) -> UUID:
    """The same for the same Idempotency-Key and body: when a process dies half way the key is
    not kept, but the bundles are, and the repetition finds them by this id."""
    key, actor = request.headers.get("Idempotency-Key"), call.actor
    if key is None:
        return uuid4()
    asked = json.dumps(request.get_json(), sort_keys=True)
    name = [actor.subject, actor.acting_for, request.endpoint, key, asked]
    return uuid5(_WAVES, json.dumps(name))


def _turn(call: Call[Wiring], wanted: BundleRequest) -> AbstractContextManager[None]:
    """A single therapist by name is no wave: nobody else's plan would be spoilt. What was planned
    before is not planned now: nobody's work would be for nothing."""
    alone = wanted.therapist_ids is not None and len(wanted.therapist_ids) == 1
    return nullcontext() if alone or "plan_id" in call.body else planning_turn(call.wiring.database)


def _create(call: Call[Wiring], wanted: BundleRequest) -> CreatedWave:
    database, actor, now = call.wiring.database, call.actor.name, call.now
    if "plan_id" in call.body:
        return plan_bundles.create_previewed_bundles(
            database, call.body["plan_id"], wanted, actor=actor, now=now
        )
    return plan_bundles.create_therapist_bundles(database, wanted, actor=actor, now=now)


def _send_all(call: Call[Wiring], created: CreatedWave) -> None:
    """A bundle that cannot be sent now stays a draft and says so."""
    for inquiry_id in created.inquiry_ids:
        with (
            suppress(DomainError, Interrupted, IntegrityError),
            bundle_transaction(call.wiring.database) as session,
        ):
            sending.send_inquiry(
                session,
                inquiry_id,
                rules=call.wiring.rules,
                recall=call.wiring.recall,
                actor=call.actor.name,
                now=call.now,
            )


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
