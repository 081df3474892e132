"""Plans: what they were made from, what became of them, and how both are kept.

A preview is kept for a quarter of an hour so that exactly it can be created, a creation so that
the same request again finds what it made and gets the same answer.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, insert, or_
from sqlalchemy.orm import Session

from matching_service.domain.bundles import SizeException
from matching_service.domain.certificate import Certificate
from matching_service.domain.errors import NotFound, PlanStale
from matching_service.domain.explanations import BundleMember, Reason
from matching_service.domain.plans import LIMIT_REACHED, Assignment, PlannedBundle, WavePlan
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot
from matching_service.storage.audit_tables import BundleWave
from matching_service.storage.planning_state import read_searches, read_therapists
from matching_service.storage.queries import rows_of
from matching_service.storage.tables import BundlePlan
from shared.http.idempotency import KEPT_FOR

PREVIEW_KEPT = timedelta(minutes=15)
_BEGUN_KEPT = timedelta(days=1)
"""A preview whose creation was broken off can be finished for so long."""
CHANGED_MEANWHILE = "changed_meanwhile"


@dataclass(frozen=True)
class World:
    """What a plan was made from."""

    therapists: Mapping[int, TherapistSnapshot]
    searches: Mapping[int, SearchSnapshot]

    @classmethod
    def of(
        cls, therapists: Iterable[TherapistSnapshot], searches: Iterable[SearchSnapshot]
    ) -> "World":
        return cls({t.therapist_id: t for t in therapists}, {s.search_id: s for s in searches})


@dataclass(frozen=True)
class Composition:
    """A plan together with what it was made from."""

    plan: WavePlan
    world: World


@dataclass
class CreatedWave:
    """What became of one plan or of several that followed each other.

    `made`: therapist id → inquiry id. `skipped` by therapist, `unplaced` by search; a therapist
    or search that found its bundle after all may still stand there from an earlier plan.
    `certificate`: of the first plan, which had everybody to choose from.
    """

    made: dict[int, int] = field(default_factory=dict)
    skipped: dict[int, Reason] = field(default_factory=dict)
    refused_pins: dict[Assignment, str] = field(default_factory=dict)
    unplaced: dict[int, str] = field(default_factory=dict)
    certificate: Certificate | None = None

    @property
    def inquiry_ids(self) -> list[int]:
        return list(self.made.values())

    def left_out(self) -> dict[int, Reason]:
        """Therapists who were asked for and got no bundle."""
        return {t: why for t, why in self.skipped.items() if t not in self.made}

    def note(self, plan: WavePlan, limit: int | None) -> None:
        """A later plan has the last word on its therapists, and only on them."""
        asked = {b.therapist_id for b in plan.bundles} | {s.therapist_id for s in plan.skipped}
        self.skipped = {t: why for t, why in self.skipped.items() if t not in asked}
        self.refused_pins = {p: why for p, why in self.refused_pins.items() if p[0] not in asked}
        whole = Reason(LIMIT_REACHED, {"max_bundles": limit})
        for one in plan.skipped:
            left_out = one.reason.code == LIMIT_REACHED
            self.skipped[one.therapist_id] = whole if left_out else one.reason
        for pin in plan.refused_pins:
            self.refused_pins[pin.therapist_id, pin.search_id] = pin.reason.code
        for search in plan.unplaced:
            self.unplaced.setdefault(search.search_id, search.reason)
        self.certificate = self.certificate or plan.certificate

    def to_plan_again(self, plan: WavePlan) -> set[int]:
        """Therapists whose bundle became stale and, in the place of every bundle that did not
        come about, those whom the limit had left out."""
        failed = [b.therapist_id for b in plan.bundles if b.therapist_id not in self.made]
        if not failed:
            return set()
        left_out = {t for t, why in self.skipped.items() if why.code == LIMIT_REACHED}
        return {t for t in failed if t not in self.skipped} | left_out

    def has_all_of(self, plan: WavePlan) -> bool:
        return all(bundle.therapist_id in self.made for bundle in plan.bundles)

    def give_up(self, plan: WavePlan) -> None:
        """What the plan holds beyond the bundles made will not come about."""
        for bundle in plan.bundles:
            if bundle.therapist_id not in self.made:
                self.skipped.setdefault(bundle.therapist_id, Reason(CHANGED_MEANWHILE))
                for one in bundle.members:
                    self.unplaced.setdefault(one.search_id, CHANGED_MEANWHILE)


@dataclass(frozen=True)
class Recalled:
    """A kept preview against the world of now; `stale` are therapists whose part changed."""

    composition: Composition
    stale: Sequence[int]
    override_reason: str | None


def keep_preview(
    session: Session,
    composition: Composition,
    override_reason: str | None,
    actor: str,
    now: datetime,
) -> UUID:
    world = composition.world
    bundles = [_written(bundle, world) for bundle in composition.plan.bundles]
    request = {"override_reason": override_reason}
    return _keep(session, request, {"bundles": bundles}, actor, now)


def keep_creation(
    session: Session, created: CreatedWave, elapsed_ms: float, actor: str, now: datetime
) -> tuple[UUID, dict[str, Any]]:
    """Everything of the answer that the inquiries themselves cannot tell again: ids and codes.

    Beside the plan stand its counts, which name nobody, for the analytics.
    """
    session.add(_counted(created, now))
    placed = _placed(session, created.inquiry_ids)
    plan = {
        "inquiry_ids": created.inquiry_ids,
        "skipped": [
            {"therapist_id": therapist_id, **written_reason(why)}
            for therapist_id, why in sorted(created.left_out().items())
        ],
        "refused_pins": [
            {"therapist_id": therapist_id, "search_id": search_id, "code": code}
            for (therapist_id, search_id), code in sorted(created.refused_pins.items())
        ],
        "unplaced": [
            {"search_id": search_id, "reason": why}
            for search_id, why in created.unplaced.items()
            if search_id not in placed
        ],
        "certificate": None if created.certificate is None else created.certificate.as_row(),
        "elapsed_ms": elapsed_ms,
    }
    return _keep(session, {}, plan, actor, now), plan


def recall_creation(session: Session, plan_id: UUID) -> Mapping[str, Any]:
    """As `keep_creation` wrote it."""
    return session.get_one(BundlePlan, plan_id).plan


def recall_preview(session: Session, plan_id: UUID, now: datetime, *, begun: bool) -> Recalled:
    """A creation that has `begun` is finished however old the preview is by now.

    Raises NotFound, PlanStale.
    """
    row = session.get(BundlePlan, plan_id)
    if row is None or "bundles" not in row.plan:
        raise NotFound("plan", 0)
    if not begun and row.created_at < now - PREVIEW_KEPT:
        raise PlanStale(str(plan_id))
    written = row.plan["bundles"]
    world = _world_of(session, written)
    fresh = [one for one in written if _still_true(one, world)]
    plan = WavePlan(tuple(_read(one) for one in fresh), (), (), ())
    stale = [one["therapist_id"] for one in written if one not in fresh]
    return Recalled(Composition(plan, world), stale, row.request.get("override_reason"))


def forget_plans(session: Session, now: datetime) -> int:
    """A creation is told again for as long as its Idempotency-Key is known."""
    is_preview = BundlePlan.plan.bool_op("?")("bundles")
    old = or_(
        and_(is_preview, BundlePlan.created_at < now - _BEGUN_KEPT),
        BundlePlan.created_at < now - KEPT_FOR,
    )
    return len(session.scalars(delete(BundlePlan).where(old).returning(BundlePlan.plan_id)).all())


def written_reason(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "detail": dict(reason.detail)}


def _counted(created: CreatedWave, now: datetime) -> BundleWave:
    skipped = Counter(why.code for why in created.left_out().values())
    asked, made = len(created.made) + skipped.total(), len(created.made)
    return BundleWave(created_at=now, asked=asked, created=made, skipped=dict(skipped))


def _keep(
    session: Session, request: dict[str, Any], plan: dict[str, Any], actor: str, now: datetime
) -> UUID:
    plan_id = uuid4()
    row = {"plan_id": plan_id, "created_at": now, "created_by": actor}
    session.connection().execute(insert(BundlePlan), {**row, "request": request, "plan": plan})
    return plan_id


def _placed(session: Session, inquiry_ids: Sequence[int]) -> set[int]:
    rows = rows_of(session, inquiry_ids).values()
    return {row.platzsuche_id for patients in rows for row in patients}


def _written(bundle: PlannedBundle, world: World) -> dict[str, Any]:
    return {
        "therapist_id": bundle.therapist_id,
        "therapist_version": world.therapists[bundle.therapist_id].version,
        "mailbox_id": bundle.mailbox_id,
        "size_exception": bundle.size_exception,
        "features": bundle.features,
        "members": [_written_member(member, world) for member in bundle.members],
    }


def _written_member(member: BundleMember, world: World) -> dict[str, Any]:
    search = world.searches[member.search_id]
    return {
        "search_id": member.search_id,
        "patient_id": member.patient_id,
        "patient_version": search.patient.version,
        "excluded_therapists": sorted(search.excluded_therapists),
        "distance_km": member.distance_km,
        "relaxed": list(member.relaxed),
        "reasons": [written_reason(one) for one in member.reasons],
    }


def _read(written: Mapping[str, Any]) -> PlannedBundle:
    exception = written["size_exception"]
    return PlannedBundle(
        therapist_id=written["therapist_id"],
        mailbox_id=written["mailbox_id"],
        members=tuple(_member(one) for one in written["members"]),
        size_exception=SizeException(exception) if exception else None,
        features=written.get("features", {}),
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
    return World.of(therapists, read_searches(session, ids))


def _still_true(written: Mapping[str, Any], world: World) -> bool:
    therapist = world.therapists.get(written["therapist_id"])
    return (
        therapist is not None
        and therapist.version == written["therapist_version"]
        and all(_same_search(member, world) for member in written["members"])
    )


def _same_search(member: Mapping[str, Any], world: World) -> bool:
    search = world.searches.get(member["search_id"])
    return (
        search is not None
        and search.patient.version == member["patient_version"]
        and sorted(search.excluded_therapists) == member.get("excluded_therapists")
    )
