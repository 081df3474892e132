"""Staff ask one therapist for one patient, against the order of a wave and never against a rule."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from matching_service.domain.bundles import SizeException
from matching_service.domain.constraints import unmet_constraints
from matching_service.domain.errors import (
    ContactTooSoon,
    CoolingActive,
    NotEligible,
    NotFound,
    OpenInquiry,
    SearchNotActive,
    Unmet,
)
from matching_service.domain.explanations import member
from matching_service.domain.fields import candidate_for
from matching_service.domain.lifecycle import SearchStatus
from matching_service.domain.plans import PlannedBundle
from matching_service.domain.pool import contact_obstacles, unwillingness
from matching_service.domain.snapshots import TherapistSnapshot, pair_of
from matching_service.storage.cooling_overrides import coolings_in_force
from matching_service.storage.locks import lock_mailboxes, lock_searches
from matching_service.storage.planning_state import read_searches, read_therapists
from matching_service.storage.tables import (
    Platzsuche,
    Therapeutenanfrage,
    TherapistRow,
)
from matching_service.use_cases.cooling_overrides import override_cooling
from matching_service.use_cases.plan_bundles import (
    BundleRequest,
    create_therapist_bundle,
    open_inquiry_of,
)
from matching_service.use_cases.search_history import bump, note
from matching_service.use_cases.searches import request_contacts
from matching_service.use_cases.stored_plans import World
from shared.contracts.berlin import berlin_day, berlin_midnight
from shared.db import Contended

One = TypeVar("One")
_MANUAL = {"planner": "manual"}


@dataclass(frozen=True)
class Assignment:
    """`override_cooling`: why the practice may be asked although it is to be left in peace."""

    therapist_id: int
    search_id: int
    reason: str
    override_cooling: str | None = None


def assign_manually(
    session: Session, wanted: Assignment, *, actor: str, now: datetime
) -> Therapeutenanfrage:
    """A draft of one patient; the search's contacts are raised by this one.

    Raises NotFound, SearchNotActive, NotEligible (with every hard rule that is not met),
    OpenInquiry, CoolingActive, ContactTooSoon, Contended.
    """
    mailbox_id = _mailbox_of(session, wanted.therapist_id)
    lock_mailboxes(session, [mailbox_id])
    search = _active_search(session, wanted.search_id)
    if wanted.override_cooling is not None:
        _override_coolings(session, mailbox_id, wanted.override_cooling, actor, now)
    therapist = _contactable(session, wanted, mailbox_id, now)
    request_contacts(session, search, 1, wanted.reason, actor, now)
    inquiry = _draft(session, therapist, wanted, actor, now)
    bump(search, now)
    ref = f"bundle:{inquiry.id}"
    note(session, search, actor, "contact_request", now, to="1", reason=wanted.reason, ref=ref)
    note(session, search, actor, "assigned", now, reason=wanted.reason, ref=ref)
    session.flush()
    return inquiry


def _mailbox_of(session: Session, therapist_id: int) -> int:
    therapist = session.get(TherapistRow, therapist_id)
    if therapist is None or therapist.deleted:
        raise NotFound("therapist", therapist_id)
    return therapist.mailbox_id


def _active_search(session: Session, search_id: int) -> Platzsuche:
    search = lock_searches(session, [search_id]).get(search_id)
    if search is None:
        raise NotFound("search", search_id)
    if search.status != SearchStatus.ACTIVE:
        raise SearchNotActive(search_id, search.status)
    return search


def _override_coolings(
    session: Session, mailbox_id: int, reason: str, actor: str, now: datetime
) -> None:
    """The law lets a contact pass only when each cooling that holds has been overridden."""
    for block_id in coolings_in_force(session, mailbox_id):
        override_cooling(session, block_id, reason, actor=actor, now=now)


def _contactable(
    session: Session, wanted: Assignment, mailbox_id: int, now: datetime
) -> TherapistSnapshot:
    """What stands in the way for good is named at once; then who waits, and until when."""
    therapist = _only(read_therapists(session, ids=[wanted.therapist_id]))
    if therapist is None or therapist.mailbox_id != mailbox_id:
        raise Contended
    search, today = _only(read_searches(session, [wanted.search_id])), berlin_day(now)
    if search is None:
        raise NotFound("search", wanted.search_id)
    asked = contact_obstacles(therapist, today)
    unwilling = unwillingness(therapist, today)
    pair = unmet_constraints(pair_of(search, therapist, today))
    if unwilling or pair or any(one.code == "no_channel" for one in asked):
        raise NotEligible(Unmet(one.code, one.detail) for one in (*asked, *pair))
    _require_peace_over(session, therapist, {one.code for one in asked})
    return therapist


def _require_peace_over(
    session: Session, therapist: TherapistSnapshot, codes: Collection[str]
) -> None:
    if "open_inquiry" in codes:
        raise OpenInquiry(open_inquiry_of(session, therapist))
    if "cooling" in codes and therapist.next_contactable_date is not None:
        raise CoolingActive(therapist.next_contactable_date)
    if "later" in codes and therapist.mail_possible_on is not None:
        raise ContactTooSoon(berlin_midnight(therapist.mail_possible_on))


def _draft(
    session: Session,
    therapist: TherapistSnapshot,
    wanted: Assignment,
    actor: str,
    now: datetime,
) -> Therapeutenanfrage:
    searches = read_searches(session, [wanted.search_id])
    candidate = candidate_for(pair_of(searches[0], therapist, berlin_day(now)))
    bundle = PlannedBundle(
        therapist_id=therapist.therapist_id,
        mailbox_id=therapist.mailbox_id,
        members=(member(candidate),),
        size_exception=SizeException.MANUAL,
        features=_MANUAL,
    )
    request = BundleRequest(override_reason=wanted.reason)
    world = World.of([therapist], searches)
    return create_therapist_bundle(session, bundle, world, request, actor, now)


def _only(found: Sequence[One]) -> One | None:
    return found[0] if found else None
