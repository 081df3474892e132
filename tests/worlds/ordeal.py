"""What one world has to withstand: every promise of the planner, checked by planning it anew."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from random import Random

from matching_service.domain.assignment import Problem
from matching_service.domain.certificate import Certificate
from matching_service.domain.explanations import explain_pair
from matching_service.domain.methods import BY_THE_RULES, Method
from matching_service.domain.plans import WavePlan
from matching_service.domain.snapshots import NO_RECORD
from matching_service.domain.wave import plan_wave
from tests.worlds.case import Reading, Violation
from tests.worlds.judge import judge_explanation, judge_plan
from tests.worlds.value import best_value, members_of, value_of
from tests.worlds.vocabulary import north_of_koeln
from tests.worlds.world import World, usual_patient, usual_search, usual_therapist

TOLERANCE = 1e-9
PLANS_AT_MOST = 600  # of a world whose best plan is sought by looking at all of them


def _unproven(_problem: Problem, _bundles: object) -> Certificate | None:
    return None


_WITHOUT_PROOF = replace(BY_THE_RULES, certify=_unproven)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reached`: the plan's share of the best value, where that could be looked up."""

    plan: WavePlan
    violations: list[Violation]
    reached: float | None = None


def undergo(world: World, *, thoroughly: bool = True) -> Outcome:
    """`thoroughly`: also by looking at all plans of the world, and by the compiled method."""
    reading, plan = Reading(world), plan_of(world, BY_THE_RULES)
    violations = [
        *_judged(reading, plan),
        *_certificate(reading, plan),
        *_repetition(world, plan),
        *_order(world, plan),
        *_unsuitable(world, plan),
    ]
    if not thoroughly:
        return Outcome(plan, violations)
    best = best_value(reading, PLANS_AT_MOST)
    violations += [*_same_proof(world, plan), *_compiled(reading, plan, best), *_bound(plan, best)]
    return Outcome(plan, violations, _share(plan, best))


def glance(world: World) -> list[Violation]:
    """What is most likely to break, in a third of the time."""
    reading, plan = Reading(world), plan_of(world)
    return [
        *_judged(reading, plan),
        *_unsuitable(_shuffled(world), plan),
    ]


def plan_of(world: World, method: Method = _WITHOUT_PROOF) -> WavePlan:
    people = world.therapists, world.searches
    return plan_wave(*people, world.now, world.order, world.chances, method)


def _judged(reading: Reading, plan: WavePlan) -> Iterator[Violation]:
    yield from judge_plan(reading.world, plan, reading.fits)
    for therapist in reading.therapists.values():
        for search in reading.searches.values():
            yield from judge_explanation(reading, explain_pair(search, therapist, reading.today))


def _certificate(reading: Reading, plan: WavePlan) -> Iterator[Violation]:
    proof = plan.certificate
    if proof is None:
        return
    if abs(proof.value - value_of(reading, members_of(plan))) > TOLERANCE:
        yield Violation("wrong value", ())
    if proof.bound < proof.value - TOLERANCE:
        yield Violation("bound below the value", ())


def _repetition(world: World, plan: WavePlan) -> Iterator[Violation]:
    """Creation plans what the preview has shown."""
    if plan_of(world) != replace(plan, certificate=None):
        yield Violation("planned differently a second time", ())


def _order(world: World, plan: WavePlan) -> Iterator[Violation]:
    if plan_of(_shuffled(world)) != replace(plan, certificate=None):
        yield Violation("planned differently in another order", ())


def _same_proof(world: World, plan: WavePlan) -> Iterator[Violation]:
    if plan_of(_shuffled(world), BY_THE_RULES).certificate != plan.certificate:
        yield Violation("proven differently in another order", ())


def _shuffled(world: World) -> World:
    random = Random(len(world.therapists) + 100 * len(world.searches))
    return replace(
        world,
        therapists=random.sample(world.therapists, len(world.therapists)),
        searches=random.sample(world.searches, len(world.searches)),
    )


def _unsuitable(world: World, plan: WavePlan) -> Iterator[Violation]:
    """Who may not be asked, or is too far from everybody, is nobody to the others."""
    far = north_of_koeln(400)
    nobody = [usual_therapist(1, place=far), usual_therapist(2, mailbox_id=10, place=far)]
    nobody += [
        replace(one, therapist_id=3, status="gesperrt", record=NO_RECORD)
        for one in world.therapists[:1]
    ]
    patient = usual_patient(990, world.now, place=north_of_koeln(-400))
    away = usual_search(990, world.now, patient, waiting_since=world.now - timedelta(days=900))
    with_them = replace(
        world, therapists=[*nobody, *world.therapists], searches=[away, *world.searches]
    )
    if plan_of(with_them).bundles != plan.bundles:
        yield Violation("planned differently beside people who fit nobody", ())


def _compiled(reading: Reading, plan: WavePlan, best: float | None) -> Iterator[Violation]:
    """Its proof may be another one: a rounding error is enough to lead the search elsewhere."""
    method = compiled_method()
    if method is None:
        return
    compiled = plan_of(reading.world, method)
    if replace(compiled, certificate=None) != replace(plan, certificate=None):
        yield Violation("compiled loops plan differently", ())
    yield from _certificate(reading, compiled)
    yield from _bound(compiled, best)


@cache
def compiled_method() -> Method | None:
    if find_spec("numba") is None:
        return None
    from matching_service.domain.fast import COMPILED

    return COMPILED


def _bound(plan: WavePlan, best: float | None) -> Iterator[Violation]:
    proof = plan.certificate
    if proof is not None and best is not None and proof.bound < best - TOLERANCE:
        yield Violation("bound below the best plan", ())


def _share(plan: WavePlan, best: float | None) -> float | None:
    if plan.certificate is None or not best:
        return None
    return min(1.0, plan.certificate.value / best)
