"""Reads a plan beside the world it was made for, and names every rule that it breaks."""

from collections.abc import Callable, Iterable, Iterator

from matching_service.domain.explanations import PairExplanation, Reason
from matching_service.domain.plans import WavePlan
from tests.worlds import accounts, bundles
from tests.worlds.case import Case, Fits, Reading, Violation
from tests.worlds.world import World

_RULES: tuple[Callable[[Case], Iterator[Violation]], ...] = (*bundles.RULES, *accounts.RULES)


def judge_plan(world: World, plan: WavePlan, fits: Fits | None = None) -> list[Violation]:
    """Empty when every rule was kept. `fits`: of a reading of this world, if there is one."""
    strangers = list(_strangers(world, plan))
    if strangers:
        return strangers
    case = Case(world, plan, fits)
    return [violation for rule in _RULES for violation in rule(case)]


def judge_explanation(reading: Reading, explanation: PairExplanation) -> list[Violation]:
    """Empty when it says of the pair what the rules say."""
    pair = explanation.therapist_id, explanation.search_id
    fit, obstacles = reading.fits[pair], sorted(reading.obstacles(*pair))
    undecided = {reason.code for reason in explanation.reasons if "missing" in reason.detail}
    claims = {
        "explained as decided or not": undecided == fit.undecided,
        "explained as eligible or not": explanation.eligible == (not obstacles),
        "explained by wrong reasons": _codes(explanation.reasons) == obstacles,
        "explained with wrong needs": _codes(explanation.would_need) == obstacles,
        "explained with wrong preferences": _states(explanation.preferences) == fit.not_met,
        "explained with a wrong distance": explanation.distance_km == fit.km,
        "explained as exact": explanation.approximate == (fit.km is not None),
    }
    return [Violation(what, pair) for what, holds in claims.items() if not holds]


def _codes(reasons: Iterable[Reason]) -> list[str]:
    return sorted(reason.code for reason in reasons)


def _states(reasons: Iterable[Reason]) -> list[tuple[str, object]]:
    return [(reason.code, reason.detail["state"]) for reason in reasons]


def _strangers(world: World, plan: WavePlan) -> Iterator[Violation]:
    """Nobody but the people of the world may occur at all."""
    named = {bundle.therapist_id for bundle in plan.bundles}
    named |= {skipped.therapist_id for skipped in plan.skipped}
    for one in sorted(named - {therapist.therapist_id for therapist in world.therapists}):
        yield Violation("unknown therapist", (one,))
    named = {member.search_id for bundle in plan.bundles for member in bundle.members}
    named |= {unplaced.search_id for unplaced in plan.unplaced}
    for one in sorted(named - {search.search_id for search in world.searches}):
        yield Violation("unknown search", (one,))
