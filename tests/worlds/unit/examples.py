"""A world with a plan in it that keeps every rule; a test says only what breaks one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from matching_service.domain.explanations import BundleMember
from matching_service.domain.plans import PlannedBundle, WavePlan
from matching_service.domain.snapshots import SearchSnapshot
from shared.contracts.berlin import berlin_day
from tests.worlds.judge import judge_plan
from tests.worlds.vocabulary import NOWS
from tests.worlds.world import World, usual_patient, usual_search, usual_therapist

NOW = NOWS[0]
TODAY = berlin_day(NOW)
TOMORROW = TODAY + timedelta(days=1)


def a_search(number: int, waiting_days: int = 10, **more: Any) -> SearchSnapshot:
    patient = usual_patient(100 + number, NOW, **more.pop("patient", {}))
    return usual_search(
        number, NOW, patient, waiting_since=NOW - timedelta(days=waiting_days), **more
    )


def a_bundle(therapist_id: int, *searches: int, **differences: Any) -> PlannedBundle:
    members = tuple(BundleMember(one, 100 + one, 0.0, (), ()) for one in searches)
    return replace(PlannedBundle(therapist_id, therapist_id, members, None), **differences)


def a_plan(*bundles: PlannedBundle, **more: Any) -> WavePlan:
    return replace(WavePlan(bundles, (), (), ()), **more)


def told(world: World, plan: WavePlan) -> list[tuple[str, tuple[int, ...]]]:
    return [(one.what, one.who) for one in judge_plan(world, plan)]


FOUR = [a_search(number, waiting_days=50 - 10 * number) for number in (1, 2, 3, 4)]
WORLD = World([usual_therapist(10)], FOUR, NOW)
GOOD = a_plan(a_bundle(10, 1, 2, 3, 4))
TWO_THERAPISTS = replace(WORLD, therapists=[usual_therapist(10), usual_therapist(20)])
