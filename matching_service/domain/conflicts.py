"""An acceptance that came too late: what it can end with, depending on where the search is now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matching_service.domain.chances import COST_OF_RELAXATION, Chances
from matching_service.domain.constraints import contacts_left, meets_all_constraints
from matching_service.domain.distance import distance_between
from matching_service.domain.errors import IllegalTransition
from matching_service.domain.fields import candidate_for
from matching_service.domain.lifecycle import SearchStatus
from matching_service.domain.snapshots import Pair, SearchSnapshot, TherapistSnapshot, pair_of
from matching_service.domain.verdicts import Met
from matching_service.domain.waiting import weight


class ConflictKind(StrEnum):
    CONFLICT = "conflict"
    LATE_ACCEPTANCE = "late_acceptance"


class ConflictState(StrEnum):
    OPEN = "open"
    PROMOTABLE = "promotable"  # nobody has the place any more
    RESOLVED = "resolved"


class Resolution(StrEnum):
    KEEP = "keep"  # who has the place keeps it
    SWAP = "swap"  # the late therapist gets the patient
    OFFERED_ALTERNATIVE = "offered_alternative"  # another patient was named to the late therapist
    THERAPIST_INFORMED = "therapist_informed"  # declined, and the practice knows
    MOOT = "moot"  # there is nothing to do any more


_S, _R = SearchStatus, Resolution

RESOLUTIONS: dict[SearchStatus, tuple[Resolution, ...]] = {
    _S.IN_SESSIONS: tuple(Resolution),
    # Nobody has the place: a swap gives it to the late therapist.
    _S.ACTIVE: (_R.SWAP, _R.OFFERED_ALTERNATIVE, _R.THERAPIST_INFORMED, _R.MOOT),
    _S.PAUSED: (_R.SWAP, _R.OFFERED_ALTERNATIVE, _R.THERAPIST_INFORMED, _R.MOOT),
    _S.SUCCESSFUL: (_R.KEEP, _R.OFFERED_ALTERNATIVE, _R.THERAPIST_INFORMED, _R.MOOT),
    _S.ABANDONED: (_R.THERAPIST_INFORMED, _R.MOOT),
}

MOST_ALTERNATIVES = 10


class Source(StrEnum):
    SAME_BUNDLE = "same_bundle"
    ELIGIBLE = "eligible"


@dataclass(frozen=True, slots=True)
class Alternative:
    """`score`: what the planner would gain by asking the therapist on behalf of this search."""

    search_id: int
    score: float
    distance_km: float | None
    source: Source


def check_resolution(search: SearchStatus, wanted: Resolution) -> None:
    """Raises IllegalTransition with what is possible instead."""
    if wanted not in RESOLUTIONS[search]:
        raise IllegalTransition(search, wanted, RESOLUTIONS[search])


def rank_alternatives(
    therapist: TherapistSnapshot,
    same_bundle: Iterable[SearchSnapshot],
    others: Iterable[SearchSnapshot],
    chances: Chances,
    today: date,
) -> list[Alternative]:
    """Those of the same bundle first, each group by score; only active ones that fit."""
    chance = chances.of(therapist, today)
    here = [
        _alternative(pair_of(one, therapist, today), chance, Source.SAME_BUNDLE)
        for one in same_bundle
        if _fits(one, therapist, today)
    ]
    elsewhere = [
        _alternative(pair_of(one, therapist, today), chance, Source.ELIGIBLE)
        for one in others
        if isinstance(contacts_left(one), Met) and _fits(one, therapist, today)
    ]
    return [*_by_score(here), *_by_score(elsewhere)][:MOST_ALTERNATIVES]


def _fits(search: SearchSnapshot, therapist: TherapistSnapshot, today: date) -> bool:
    active = search.status == SearchStatus.ACTIVE
    return active and meets_all_constraints(pair_of(search, therapist, today))


def _alternative(pair: Pair, chance: float, source: Source) -> Alternative:
    cost = COST_OF_RELAXATION[candidate_for(pair).relaxation]
    estimate = distance_between(pair.patient.place, pair.therapist.place, pair.patient.travel_mode)
    return Alternative(
        search_id=pair.search.search_id,
        score=round(weight(pair.search, pair.today) * chance * cost, 6),
        distance_km=estimate.km if estimate else None,
        source=source,
    )


def _by_score(alternatives: Iterable[Alternative]) -> list[Alternative]:
    return sorted(alternatives, key=lambda one: (-one.score, one.search_id))
