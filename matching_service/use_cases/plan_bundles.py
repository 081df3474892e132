"""Who is asked on whose behalf: a plan, and bundles made from it.

Planning is pure and writes nothing, so a preview and a creation from the same state are equal.
A bundle is one transaction: lock, check that what the plan was made from still holds, insert,
and let the constraints speak. What changed meanwhile is planned again, at most three times.
Every bundle bears the id of its wave, by which a wave that was broken off finds them again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from matching_service.domain.chances import Chances, SwitchedOff
from matching_service.domain.errors import ChangedMeanwhile, CoolingActive, OpenInquiry
from matching_service.domain.explanations import BundleMember, Reason
from matching_service.domain.lifecycle import OPEN_INQUIRIES, InquiryState, RowStatus, SearchStatus
from matching_service.domain.plans import PlannedBundle, WaveOrder
from matching_service.domain.pool import contact_obstacles
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot
from matching_service.domain.wave import plan_wave
from matching_service.domain.working_days import DRAFT_KEPT_WORKING_DAYS, after_working_days
from matching_service.storage.answer_records import with_records
from matching_service.storage.locks import hold
from matching_service.storage.planning_state import (
    read_searches,
    read_searches_near,
    read_therapists,
)
from matching_service.storage.planning_turn import Interrupted, bundle_transaction, made_in_wave
from matching_service.storage.tables import TherapeutAnfragePatient, Therapeutenanfrage
from matching_service.use_cases.announcements import tell_bundle
from matching_service.use_cases.stored_plans import (
    CHANGED_MEANWHILE,
    Composition,
    CreatedWave,
    World,
    recall_preview,
    written_reason,
)
from shared.contracts.berlin import berlin_day
from shared.db import Database

_OPEN_AT_MAILBOX: Any = {  # uq_therapeutenanfrage_open
    "index_elements": ["mailbox_id"],
    "index_where": text("state IN ('draft', 'sending', 'sent')"),
}
_ROUNDS = 3
_FEW_THERAPISTS = 20  # for so many, looking for whoever is near is faster than reading everybody


@dataclass(frozen=True, kw_only=True)
class BundleRequest:
    """What staff ask for; None means: all therapists.

    A wave that was broken off is finished by a request with the same `wave_id`.
    """

    therapist_ids: Sequence[int] | None = None
    plz_prefix: str | None = None
    order: WaveOrder = field(default_factory=WaveOrder)
    override_reason: str | None = None
    learns_chances: bool = True
    wave_id: UUID = field(default_factory=uuid4)


def compose_optimal_bundle(
    session: Session, request: BundleRequest, now: datetime, made: Collection[int] = ()
) -> Composition:
    """For each therapist asked the one that together make the best wave, without those in `made`.

    Reads the state once and writes nothing.
    """
    therapists = read_therapists(session, ids=request.therapist_ids, plz_prefix=request.plz_prefix)
    asked = [one for one in therapists if one.therapist_id not in made]
    world = World.of(asked, _searches_for(session, request, asked))
    chances: Chances = SwitchedOff()
    if request.learns_chances:
        asked = with_records(session, asked)
        chances = Chances.learned_from(asked, berlin_day(now))
    plan = plan_wave(asked, world.searches.values(), now, request.order, chances)
    return Composition(plan, world)


def _searches_for(
    session: Session, request: BundleRequest, asked: Sequence[TherapistSnapshot]
) -> list[SearchSnapshot]:
    """For a few therapists by name only who might reach them, and whom staff pinned."""
    if request.therapist_ids is None or len(asked) > _FEW_THERAPISTS:
        return read_searches(session)
    pinned = {search_id for _, search_id in request.order.pinned}
    return read_searches_near(session, [one.place for one in asked], pinned)


def create_therapist_bundles(
    database: Database, request: BundleRequest, *, actor: str, now: datetime
) -> CreatedWave:
    """Plans and commits bundle by bundle; what changed meanwhile is planned again."""
    created, again = CreatedWave(), None
    for _ in range(_ROUNDS):
        with database.transaction() as session:
            created.made = made_in_wave(session, request.wave_id, now)
            rest = _rest(request, created.made, again)
            composition = compose_optimal_bundle(session, rest, now, created.made)
        created.note(composition.plan, request.order.max_bundles)
        _create_planned(database, composition, request, created, actor, now)
        again = created.to_plan_again(composition.plan)
        if not again:
            break
    return _settled(database, composition, request, created, now)


def create_previewed_bundles(
    database: Database, plan_id: UUID, request: BundleRequest, *, actor: str, now: datetime
) -> CreatedWave:
    """Exactly the bundles of a kept preview, except for what changed since.

    Raises NotFound, PlanStale.
    """
    with database.transaction() as session:
        created = CreatedWave(made_in_wave(session, request.wave_id, now))
        recalled = recall_preview(session, plan_id, now, begun=bool(created.made))
    created.skipped = {one: Reason(CHANGED_MEANWHILE) for one in recalled.stale}
    request = replace(request, override_reason=request.override_reason or recalled.override_reason)
    _create_planned(database, recalled.composition, request, created, actor, now)
    return _settled(database, recalled.composition, request, created, now)


def create_therapist_bundle(
    session: Session,
    bundle: PlannedBundle,
    world: World,
    request: BundleRequest,
    actor: str,
    now: datetime,
) -> Therapeutenanfrage:
    """Raises OpenInquiry, CoolingActive, ChangedMeanwhile."""
    therapist, searches = world.therapists[bundle.therapist_id], bundle.search_ids
    held = hold(session, [bundle.mailbox_id], searches)
    _require_same_therapist(session, therapist, now)
    _require_same_searches(session, bundle, world, held)
    inquiry = _insert_inquiry(session, bundle, therapist, request, actor, now)
    rows = [bundle_row(inquiry.id, *one) for one in enumerate(bundle.members, start=1)]
    session.connection().execute(insert(TherapeutAnfragePatient), rows)
    tell_bundle(session, "created", inquiry, searches, now)
    return inquiry


def _create_planned(
    database: Database,
    composition: Composition,
    request: BundleRequest,
    created: CreatedWave,
    actor: str,
    now: datetime,
) -> None:
    """Commits the plan's bundles into `created`; one that is stale or was interrupted is left."""
    for bundle in composition.plan.bundles:
        if bundle.therapist_id in created.made:
            continue
        try:
            with bundle_transaction(database) as session:
                made = create_therapist_bundle(
                    session, bundle, composition.world, request, actor, now
                )
            created.made[bundle.therapist_id] = made.id
        except (OpenInquiry, CoolingActive) as refusal:
            created.skipped[bundle.therapist_id] = _reason_of(refusal)
        except (ChangedMeanwhile, Interrupted):
            continue


def _reason_of(refusal: OpenInquiry | CoolingActive) -> Reason:
    if isinstance(refusal, OpenInquiry):
        return Reason("open_inquiry", {"bundle_id": refusal.bundle_id})
    return Reason("cooling", {"until": refusal.next_contactable_date.isoformat()})


def _settled(
    database: Database,
    composition: Composition,
    request: BundleRequest,
    created: CreatedWave,
    now: datetime,
) -> CreatedWave:
    """Asks the database what was made: a commit whose confirmation got lost counts as well."""
    if not created.has_all_of(composition.plan):
        with database.transaction() as session:
            created.made = made_in_wave(session, request.wave_id, now)
        created.give_up(composition.plan)
    return created


def _rest(
    request: BundleRequest, made: Collection[int], again: Collection[int] | None
) -> BundleRequest:
    """What is still to be planned of a request: for all of its therapists, or for some `again`."""
    limit = request.order.max_bundles
    pins = {pin for pin in request.order.pinned if pin[0] not in made}
    order = replace(
        request.order,
        max_bundles=None if limit is None else max(0, limit - len(made)),
        pinned=frozenset(pin for pin in pins if again is None or pin[0] in again),
    )
    therapist_ids = request.therapist_ids if again is None else sorted(again)
    return replace(request, therapist_ids=therapist_ids, order=order)


def _require_same_therapist(session: Session, planned: TherapistSnapshot, now: datetime) -> None:
    found = read_therapists(session, ids=[planned.therapist_id])
    if not found or found[0].mailbox_id != planned.mailbox_id:
        raise ChangedMeanwhile
    current = found[0]
    if current.has_open_inquiry:
        raise OpenInquiry(open_inquiry_of(session, current))
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
    held: Collection[int],
) -> None:
    current = {one.search_id: one for one in read_searches(session, bundle.search_ids)}
    for search_id in bundle.search_ids:
        planned, now_known = world.searches[search_id], current.get(search_id)
        unchanged = (
            now_known is not None
            and search_id in held
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
    request: BundleRequest,
    actor: str,
    now: datetime,
) -> Therapeutenanfrage:
    values = {
        "therapist_id": bundle.therapist_id,
        "mailbox_id": bundle.mailbox_id,
        "mailbox_key": therapist.mailbox_key,
        "state": InquiryState.DRAFT,
        "created_date": now,
        "bundle_size": len(bundle.members),
        "accepted_count": 0,
        "placed_count": 0,
        "size_exception": bundle.size_exception,
        "override_reason": request.override_reason if bundle.size_exception else None,
        "expires_at": after_working_days(now, DRAFT_KEPT_WORKING_DAYS),
        "created_by": actor,
        "planner": {
            **bundle.features,
            "wave": str(request.wave_id),
            "therapist_version": therapist.version,
        },
        "version": 1,
    }
    inserted = insert(Therapeutenanfrage).values(values).on_conflict_do_nothing(**_OPEN_AT_MAILBOX)
    inquiry = session.scalars(inserted.returning(Therapeutenanfrage)).one_or_none()
    if inquiry is None:
        raise OpenInquiry(open_inquiry_of(session, therapist))
    return inquiry


def open_inquiry_of(session: Session, therapist: TherapistSnapshot) -> int:
    """At the mailbox, or to the therapist at an earlier one."""
    here = Therapeutenanfrage.mailbox_id == therapist.mailbox_id
    same_person = Therapeutenanfrage.therapist_id == therapist.therapist_id
    return session.scalars(
        select(Therapeutenanfrage.id)
        .where(here | same_person, Therapeutenanfrage.state.in_(OPEN_INQUIRIES))
        .order_by(Therapeutenanfrage.id)
        .limit(1)
    ).one()


def bundle_row(inquiry_id: int, position: int, member: BundleMember) -> dict[str, Any]:
    """Of the table `therapeut_anfrage_patient`."""
    return {
        "therapeutenanfrage_id": inquiry_id,
        "platzsuche_id": member.search_id,
        "patient_id": member.patient_id,
        "position_in_bundle": position,
        "status": RowStatus.PENDING,
        "distance_km": member.distance_km,
        "approximate": True,
        "relaxed": list(member.relaxed),
        "reasons": [written_reason(reason) for reason in member.reasons],
    }
