"""Why a pair, why not, and what would have to change: for every search and every therapist."""

from dataclasses import dataclass, field
from datetime import date

from matching_service.domain.constraints import contacts_left, unmet_constraints
from matching_service.domain.distance import DistanceEstimate, distance_between
from matching_service.domain.fields import Candidate, candidate_for
from matching_service.domain.pool import contact_obstacles
from matching_service.domain.snapshots import (
    Pair,
    SearchSnapshot,
    TherapistSnapshot,
    pair_of,
)
from matching_service.domain.verdicts import Detail, Met, Unknown, Violated


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    detail: Detail = field(default_factory=dict)

    @classmethod
    def of(cls, verdict: Violated | Unknown) -> "Reason":
        return cls(verdict.code, verdict.detail)


@dataclass(frozen=True, slots=True)
class BundleMember:
    """`reasons`: one per tier that is violated or unknown, `detail["state"]` says which."""

    search_id: int
    patient_id: int
    distance_km: float | None
    relaxed: tuple[str, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`reasons` stand in the way; `preferences` only weigh. `rank` counts eligible ones from 1."""

    therapist_id: int
    eligible: bool
    distance_km: float | None = None
    approximate: bool = False
    reasons: tuple[Reason, ...]
    would_need: tuple[Reason, ...]
    preferences: tuple[Reason, ...] = ()
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairExplanation(Explanation):
    search_id: int


def explain_pair(
    search: SearchSnapshot, therapist: TherapistSnapshot, today: date
) -> PairExplanation:
    return explanation_of(pair_of(search, therapist, today), why_not(search, therapist, today))


def why_not(
    search: SearchSnapshot, therapist: TherapistSnapshot, today: date
) -> tuple[Violated | Unknown, ...]:
    """Empty: the therapist may be asked on behalf of this search today."""
    budget = contacts_left(search)
    return (
        *contact_obstacles(therapist, today),
        *unmet_constraints(pair_of(search, therapist, today)),
        *(() if isinstance(budget, Met) else (budget,)),
    )


def explanation_of(
    one: Pair, obstacles: tuple[Violated | Unknown, ...], rank: int | None = None
) -> PairExplanation:
    estimate = _distance(one)
    return PairExplanation(
        search_id=one.search.search_id,
        therapist_id=one.therapist.therapist_id,
        eligible=not obstacles,
        distance_km=estimate.km if estimate else None,
        approximate=estimate is not None and estimate.approximate,
        reasons=tuple(Reason.of(obstacle) for obstacle in obstacles),
        would_need=tuple(needed(obstacle) for obstacle in obstacles),
        preferences=_tier_reasons(candidate_for(one)),
        rank=rank,
    )


def needed(obstacle: Violated | Unknown) -> Reason:
    if isinstance(obstacle, Unknown):
        return Reason(obstacle.code, {"known": obstacle.detail["missing"]})
    return Reason(obstacle.code, obstacle.would_need)


def member(candidate: Candidate) -> BundleMember:
    estimate = _distance(candidate.pair)
    return BundleMember(
        search_id=candidate.search.search_id,
        patient_id=candidate.pair.patient.patient_id,
        distance_km=estimate.km if estimate else None,
        relaxed=candidate.relaxed,
        reasons=_tier_reasons(candidate),
    )


def _tier_reasons(candidate: Candidate) -> tuple[Reason, ...]:
    return tuple(
        Reason(tier.code, {"state": _state(tier), **tier.detail})
        for tier in candidate.tiers
        if not isinstance(tier, Met)
    )


def _state(tier: Violated | Unknown) -> str:
    return "unknown" if isinstance(tier, Unknown) else "relaxed"


def _distance(one: Pair) -> DistanceEstimate | None:
    return distance_between(one.patient.place, one.therapist.place, one.patient.travel_mode)
