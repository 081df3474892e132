"""Staff change an inquiry: its notes at any time, its patients while it is a draft.

How many patients are too few is asked when the draft is sent, not while somebody works on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matching_service.domain.bundles import BundleRules
from matching_service.domain.constraints import unmet_constraints
from matching_service.domain.errors import (
    FieldError,
    IllegalTransition,
    InquiryStale,
    InvalidFields,
    NotFound,
)
from matching_service.domain.explanations import member
from matching_service.domain.fields import candidate_for
from matching_service.domain.lifecycle import InquiryState, SearchStatus
from matching_service.domain.snapshots import Pair, SearchSnapshot, TherapistSnapshot, pair_of
from matching_service.storage.locks import LockedInquiries, lock_inquiry
from matching_service.storage.planning_state import read_searches, read_therapists
from matching_service.storage.tables import TherapeutAnfragePatient, Therapeutenanfrage
from matching_service.use_cases.announcements import tell_bundle
from matching_service.use_cases.plan_bundles import bundle_row
from matching_service.use_cases.search_history import note
from shared.contracts.berlin import berlin_day
from shared.db import constraint_of


@dataclass(frozen=True)
class _Draft:
    """A draft under its locks, the searches that are to join included."""

    session: Session
    locked: LockedInquiries
    inquiry: Therapeutenanfrage
    added: Sequence[int]
    removed: Sequence[int]
    actor: str
    now: datetime

    @property
    def rows(self) -> dict[int, TherapeutAnfragePatient]:
        return {row.platzsuche_id: row for row in self.locked.rows_of(self.inquiry.id)}

    @property
    def joining(self) -> list[int]:
        """Who is there already stays where he is."""
        return [one for one in dict.fromkeys(self.added) if one not in self.rows]


def edit_inquiry(
    session: Session,
    inquiry_id: int,
    changes: Mapping[str, Any],
    expected_version: int | None,
    *,
    rules: BundleRules,
    actor: str,
    now: datetime,
) -> Therapeutenanfrage:
    """`changes`: staff_notes, add, remove (search ids).

    Raises NotFound, InquiryStale, IllegalTransition, InvalidFields.
    """
    added, removed = changes.get("add", ()), changes.get("remove", ())
    locked = lock_inquiry(session, inquiry_id, added)
    if locked is None:
        raise NotFound("bundle", inquiry_id)
    inquiry = locked.inquiries[inquiry_id]
    if expected_version not in (None, inquiry.version):
        raise InquiryStale(inquiry_id)
    draft = _Draft(session, locked, inquiry, added, removed, actor, now)
    notes = changes.get("staff_notes", inquiry.staff_notes)
    regrouped = _regroup(draft, rules) if added or removed else []
    if regrouped or notes != inquiry.staff_notes:
        inquiry.staff_notes = notes
        inquiry.version += 1
        session.flush()
    if regrouped:
        tell_bundle(session, "created", inquiry, regrouped, now)
    return inquiry


def _regroup(draft: _Draft, rules: BundleRules) -> list[int]:
    """Returns who is in the bundle now, in order; nobody when nothing has changed."""
    if draft.inquiry.state != InquiryState.DRAFT:
        raise IllegalTransition(draft.inquiry.state, "edited", ())
    size = len(draft.rows) - len(draft.removed) + len(draft.joining)
    pairs = _pairs(draft)
    errors = [
        *_misplaced(draft, size, rules),
        *(error for search_id in draft.joining for error in _unfit(draft, pairs, search_id)),
    ]
    if errors:
        raise InvalidFields(errors)
    if not draft.joining and not draft.removed:
        return []
    return _settle(draft, pairs, size, rules)


def _misplaced(draft: _Draft, size: int, rules: BundleRules) -> list[FieldError]:
    """What is wrong with the two lists themselves."""
    errors = [
        FieldError(f"add[{index}]", "twice")
        for index, search_id in enumerate(draft.added)
        if search_id in draft.added[:index]
    ]
    for index, search_id in enumerate(draft.removed):
        if search_id in draft.added or search_id in draft.removed[:index]:
            errors.append(FieldError(f"remove[{index}]", "twice"))
        elif search_id not in draft.rows:
            errors.append(FieldError(f"remove[{index}]", "not_in_bundle"))
    if not errors and draft.joining and size > rules.max_size:
        errors.append(FieldError("add", "bundle_full"))
    if not errors and size == 0:
        errors.append(FieldError("remove", "nobody_left"))
    return errors


def _pairs(draft: _Draft) -> dict[int, Pair]:
    therapists = read_therapists(draft.session, ids=[draft.inquiry.therapist_id])
    if not therapists:
        raise NotFound("therapist", draft.inquiry.therapist_id)
    found = read_searches(draft.session, draft.joining)
    return {one.search_id: _pair(one, therapists[0], draft.now) for one in found}


def _pair(search: SearchSnapshot, therapist: TherapistSnapshot, now: datetime) -> Pair:
    return pair_of(search, therapist, berlin_day(now))


def _unfit(draft: _Draft, pairs: Mapping[int, Pair], search_id: int) -> list[FieldError]:
    where, pair = f"add[{draft.added.index(search_id)}]", pairs.get(search_id)
    if pair is None:
        return [FieldError(where, "not_found")]
    codes = [obstacle.code for obstacle in unmet_constraints(pair)]
    if pair.search.status != SearchStatus.ACTIVE:
        codes.insert(0, "not_active")
    return [FieldError(where, code) for code in codes]


def _settle(draft: _Draft, pairs: Mapping[int, Pair], size: int, rules: BundleRules) -> list[int]:
    for search_id in draft.removed:
        draft.session.delete(draft.rows[search_id])
        _note(draft, search_id, "removed_from_bundle")
    draft.session.flush()
    staying = [one for one in draft.rows.values() if one.platzsuche_id not in draft.removed]
    for position, row in enumerate(staying, start=1):
        row.position_in_bundle = position
    _join(draft, pairs, len(staying))
    draft.inquiry.bundle_size = size
    if size >= rules.min_size:
        draft.inquiry.size_exception = None
    return [*(row.platzsuche_id for row in staying), *draft.joining]


def _join(draft: _Draft, pairs: Mapping[int, Pair], taken: int) -> None:
    """Whether a search has a contact left is for the database to say."""
    errors = []
    for position, search_id in enumerate(draft.joining, start=taken + 1):
        newcomer = member(candidate_for(pairs[search_id]))
        row = TherapeutAnfragePatient(**bundle_row(draft.inquiry.id, position, newcomer))
        if _insert(draft.session, row):
            _note(draft, search_id, "added_to_bundle")
        else:
            errors.append(FieldError(f"add[{draft.added.index(search_id)}]", "budget_used"))
    if errors:
        raise InvalidFields(errors)


def _insert(session: Session, row: TherapeutAnfragePatient) -> bool:
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        if constraint_of(error) != "ck_platzsuche_budget":
            raise
        return False
    return True


def _note(draft: _Draft, search_id: int, kind: str) -> None:
    search = draft.locked.searches[search_id]
    note(draft.session, search, draft.actor, kind, draft.now, ref=f"bundle:{draft.inquiry.id}")
