"""Who is asked on whose behalf: a plan, and bundles made from it.

Planning is pure and writes nothing, so a preview and a creation from the same state are equal.
A bundle is one transaction: lock, check that what the plan was made from still holds, insert,
and let the constraints speak. What changed meanwhile is planned again, at most three times.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matching_service.domain.berlin import berlin_day
from matching_service.domain.bundles import BundleRules
from matching_service.domain.errors import ChangedMeanwhile, CoolingActive, OpenInquiry
from matching_service.domain.explanations import BundleMember, Reason
from matching_service.domain.lifecycle import OPEN_INQUIRIES, InquiryState, RowStatus, SearchStatus
from matching_service.domain.plans import PlannedBundle, WaveOrder, WavePlan
from matching_service.domain.pool import contact_obstacles
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot
from matching_service.domain.wave import plan_wave
from matching_service.domain.working_days import DRAFT_KEPT_WORKING_DAYS, after_working_days
from matching_service.storage.locks import lock_mailboxes, lock_searches
from matching_service.storage.snapshot_store import read_searches, read_therapists
from matching_service.storage.tables import (
    Platzsuche,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
)
from matching_service.use_cases.announcements import tell_bundle
from shared.db import Database, constraint_of

_ROUNDS = 3


@dataclass(frozen=True, kw_only=True)
class BundleRequest:
    """What staff ask for; None means: all therapists."""

    therapist_ids: Sequence[int] | None = None
    plz_prefix: str | None = None
    order: WaveOrder = field(default_factory=WaveOrder)
    override_reason: str | None = None


@dataclass(frozen=True)
class World:
    """What a plan was made from."""

    therapists: Mapping[int, TherapistSnapshot]
    searches: Mapping[int, SearchSnapshot]


@dataclass(frozen=True)
class Composition:
    """A plan together with what it was made from."""

    plan: WavePlan
    world: World


@dataclass
class CreatedWave:
    """What became of a plan: inquiry ids, and why the others did not come about."""

    inquiry_ids: list[int] = field(default_factory=list)
    skipped: list[tuple[int, Reason]] = field(default_factory=list)
    plan: WavePlan | None = None


def compose_optimal_bundle(
    session: Session, therapist_id: int, rules: BundleRules, now: datetime
) -> PlannedBundle | None:
    """The best bundle for one therapist, or None."""
    request = BundleRequest(therapist_ids=[therapist_id], order=WaveOrder(rules=rules))
    bundles = compose_bundles(session, request, now).plan.bundles
    return bundles[0] if bundles else None


def compose_bundles(session: Session, request: BundleRequest, now: datetime) -> Composition:
    """Reads the state once and plans; writes nothing."""
    world = _read_world(session, request.therapist_ids, request.plz_prefix)
    plan = plan_wave(world.therapists.values(), world.searches.values(), now, request.order)
    return Composition(plan, world)


def create_therapist_bundles(
    database: Database, request: BundleRequest, *, actor: str, now: datetime
) -> CreatedWave:
    """Plans and commits bundle by bundle; what changed meanwhile is planned again."""
    created = CreatedWave()
    for _ in range(_ROUNDS):
        with database.transaction() as session:
            composition = compose_bundles(session, request, now)
        created.plan = created.plan or composition.plan
        created.skipped = [
            *(s for s in created.skipped if s[1].code == "open_inquiry"),
            *((s.therapist_id, s.reason) for s in composition.plan.skipped),
        ]
        stale = create_planned(database, composition, request, created, actor=actor, now=now)
        if not stale:
            return created
        request = _again(request, stale, len(created.inquiry_ids))
    created.skipped += [(therapist_id, Reason("changed_meanwhile")) for therapist_id in stale]
    return created


def create_planned(
    database: Database,
    composition: Composition,
    request: BundleRequest,
    created: CreatedWave,
    *,
    actor: str,
    now: datetime,
) -> list[int]:
    """Commits the plan's bundles into `created`; returns therapists whose bundle was stale."""
    stale: list[int] = []
    for bundle in composition.plan.bundles:
        try:
            with database.transaction() as session:
                inquiry = create_therapist_bundle(
                    session, bundle, composition.world, request.override_reason, actor, now
                )
            created.inquiry_ids.append(inquiry.id)
        except ChangedMeanwhile:
            stale.append(bundle.therapist_id)
        except OpenInquiry as other:
            reason = Reason("open_inquiry", {"bundle_id": other.bundle_id})
            created.skipped.append((bundle.therapist_id, reason))
        except CoolingActive as cooling:
            until = {"until": cooling.next_contactable_date.isoformat()}
            created.skipped.append((bundle.therapist_id, Reason("cooling", until)))
    return stale


def create_therapist_bundle(
    session: Session,
    bundle: PlannedBundle,
    world: World,
    override_reason: str | None,
    actor: str,
    now: datetime,
) -> Therapeutenanfrage:
    """Raises OpenInquiry, CoolingActive, ChangedMeanwhile."""
    lock_mailboxes(session, [bundle.mailbox_id])
    searches = lock_searches(session, [member.search_id for member in bundle.members])
    _require_same_therapist(session, world.therapists[bundle.therapist_id], now)
    _require_same_searches(session, bundle, world, searches)
    therapist = world.therapists[bundle.therapist_id]
    inquiry = _insert_inquiry(session, bundle, therapist, override_reason, actor, now)
    session.add_all(
        _row(inquiry.id, position, member)
        for position, member in enumerate(bundle.members, start=1)
    )
    session.flush()
    tell_bundle(session, "created", inquiry, [m.search_id for m in bundle.members], now)
    return inquiry


def _read_world(
    session: Session, therapist_ids: Collection[int] | None, plz_prefix: str | None
) -> World:
    therapists = read_therapists(session, ids=therapist_ids, plz_prefix=plz_prefix)
    return World(
        {therapist.therapist_id: therapist for therapist in therapists},
        {search.search_id: search for search in read_searches(session)},
    )


def _again(request: BundleRequest, stale: Sequence[int], done: int) -> BundleRequest:
    limit = request.order.max_bundles
    order = replace(request.order, max_bundles=None if limit is None else limit - done)
    return replace(request, therapist_ids=stale, order=order)


def _require_same_therapist(session: Session, planned: TherapistSnapshot, now: datetime) -> None:
    found = read_therapists(session, ids=[planned.therapist_id])
    if not found or found[0].mailbox_id != planned.mailbox_id:
        raise ChangedMeanwhile
    current = found[0]
    if current.has_open_inquiry:
        raise OpenInquiry(_open_inquiry(session, current.mailbox_id))
    for obstacle in contact_obstacles(current, berlin_day(now)):
        if obstacle.code == "cooling" and current.next_contactable_date is not None:
            raise CoolingActive(current.next_contactable_date)
        raise ChangedMeanwhile
    if current.version != planned.version:
        raise ChangedMeanwhile


def _require_same_searches(
    session: Session,
    bundle: PlannedBundle,
    world: World,
    locked: Mapping[int, Platzsuche],
) -> None:
    ids = [member.search_id for member in bundle.members]
    current = {search.search_id: search for search in read_searches(session, ids)}
    for search_id in ids:
        planned, now_known = world.searches[search_id], current.get(search_id)
        unchanged = (
            now_known is not None
            and search_id in locked
            and now_known.status == SearchStatus.ACTIVE
            and now_known.remaining_contacts > 0
            and now_known.excluded_therapists == planned.excluded_therapists
            and now_known.patient.version == planned.patient.version
        )
        if not unchanged:
            raise ChangedMeanwhile


def _insert_inquiry(
    session: Session,
    bundle: PlannedBundle,
    therapist: TherapistSnapshot,
    override_reason: str | None,
    actor: str,
    now: datetime,
) -> Therapeutenanfrage:
    inquiry = Therapeutenanfrage(
        therapist_id=bundle.therapist_id,
        mailbox_id=bundle.mailbox_id,
        mailbox_key=therapist.mailbox_key,
        state=InquiryState.DRAFT,
        created_date=now,
        bundle_size=len(bundle.members),
        accepted_count=0,
        placed_count=0,
        size_exception=bundle.size_exception,
        override_reason=override_reason if bundle.size_exception else None,
        expires_at=after_working_days(now, DRAFT_KEPT_WORKING_DAYS),
        created_by=actor,
        planner={"planner": "longest-wait-first", "therapist_version": therapist.version},
        version=1,
    )
    try:
        with session.begin_nested():
            session.add(inquiry)
            session.flush()
    except IntegrityError as error:
        if constraint_of(error) != "uq_therapeutenanfrage_open":
            raise
        raise OpenInquiry(_open_inquiry(session, bundle.mailbox_id)) from None
    return inquiry


def _open_inquiry(session: Session, mailbox_id: int) -> int:
    return session.scalars(
        select(Therapeutenanfrage.id).where(
            Therapeutenanfrage.mailbox_id == mailbox_id,
            Therapeutenanfrage.state.in_(OPEN_INQUIRIES),
        )
    ).one()


def _row(inquiry_id: int, position: int, member: BundleMember) -> TherapeutAnfragePatient:
    return TherapeutAnfragePatient(
        therapeutenanfrage_id=inquiry_id,
        platzsuche_id=member.search_id,
        patient_id=member.patient_id,
        position_in_bundle=position,
        status=RowStatus.PENDING,
        distance_km=member.distance_km,
        approximate=True,
        relaxed=list(member.relaxed),
        reasons=[_reason(reason) for reason in member.reasons],
    )


def _reason(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "detail": dict(reason.detail)}
