"""Plans are kept: a preview for a quarter of an hour so that exactly it can be created, a
creation so that the same request again finds what it made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from matching_service.domain.bundles import SizeException
from matching_service.domain.errors import NotFound, PlanStale
from matching_service.domain.explanations import BundleMember, Reason
from matching_service.domain.plans import PlannedBundle, WavePlan
from matching_service.storage.snapshot_store import read_searches, read_therapists
from matching_service.storage.tables import BundlePlan
from matching_service.use_cases.plan_bundles import Composition, CreatedWave, World

PREVIEW_KEPT = timedelta(minutes=15)


@dataclass(frozen=True)
class Recalled:
    """A kept preview against the world of now; `stale` are therapists whose part changed."""

    composition: Composition
    stale: Sequence[int]


def keep_preview(session: Session, composition: Composition, actor: str, now: datetime) -> UUID:
    world = composition.world
    bundles = [_written(bundle, world) for bundle in composition.plan.bundles]
    return _keep(session, {"bundles": bundles}, actor, now)


def keep_creation(session: Session, created: CreatedWave, actor: str, now: datetime) -> UUID:
    return _keep(session, {"inquiry_ids": created.inquiry_ids}, actor, now)


def inquiries_of_plan(session: Session, plan_id: str) -> list[int]:
    row = session.get(BundlePlan, UUID(plan_id))
    return list(row.plan.get("inquiry_ids", [])) if row else []


def recall_preview(session: Session, plan_id: UUID, now: datetime) -> Recalled:
    """Raises NotFound, PlanStale."""
    row = session.get(BundlePlan, plan_id)
    if row is None or "bundles" not in row.plan:
        raise NotFound("plan", 0)
    if row.created_at < now - PREVIEW_KEPT:
        raise PlanStale(str(plan_id))
    written = row.plan["bundles"]
    world = _world_of(session, written)
    fresh = [one for one in written if _still_true(one, world)]
    plan = WavePlan(tuple(_read(one) for one in fresh), (), (), ())
    stale = [one["therapist_id"] for one in written if one not in fresh]
    return Recalled(Composition(plan, world), stale)


def _keep(session: Session, plan: dict[str, Any], actor: str, now: datetime) -> UUID:
    row = BundlePlan(plan_id=uuid4(), created_at=now, created_by=actor, request={}, plan=plan)
    session.add(row)
    session.flush()
    return row.plan_id


def _written(bundle: PlannedBundle, world: World) -> dict[str, Any]:
    return {
        "therapist_id": bundle.therapist_id,
        "therapist_version": world.therapists[bundle.therapist_id].version,
        "mailbox_id": bundle.mailbox_id,
        "size_exception": bundle.size_exception,
        "members": [
            {
                "search_id": member.search_id,
                "patient_id": member.patient_id,
                "patient_version": world.searches[member.search_id].patient.version,
                "distance_km": member.distance_km,
                "relaxed": list(member.relaxed),
                "reasons": [{"code": r.code, "detail": dict(r.detail)} for r in member.reasons],
            }
            for member in bundle.members
        ],
    }


def _read(written: Mapping[str, Any]) -> PlannedBundle:
    exception = written["size_exception"]
    return PlannedBundle(
        therapist_id=written["therapist_id"],
        mailbox_id=written["mailbox_id"],
        members=tuple(_member(one) for one in written["members"]),
        size_exception=SizeException(exception) if exception else None,
    )


def _member(written: Mapping[str, Any]) -> BundleMember:
    return BundleMember(
        search_id=written["search_id"],
        patient_id=written["patient_id"],
        distance_km=written["distance_km"],
        relaxed=tuple(written["relaxed"]),
        reasons=tuple(Reason(r["code"], r["detail"]) for r in written["reasons"]),
    )


def _world_of(session: Session, written: Sequence[Mapping[str, Any]]) -> World:
    therapists = read_therapists(session, ids=[one["therapist_id"] for one in written])
    ids = {member["search_id"] for one in written for member in one["members"]}
    return World(
        {therapist.therapist_id: therapist for therapist in therapists},
        {search.search_id: search for search in read_searches(session, ids)},
    )


def _still_true(written: Mapping[str, Any], world: World) -> bool:
    therapist = world.therapists.get(written["therapist_id"])
    return (
        therapist is not None
        and therapist.version == written["therapist_version"]
        and all(_same_patient(member, world) for member in written["members"])
    )


def _same_patient(member: Mapping[str, Any], world: World) -> bool:
    search = world.searches.get(member["search_id"])
    return search is not None and search.patient.version == member["patient_version"]
