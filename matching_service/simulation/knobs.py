"""Which trials make which table."""

from collections.abc import Iterator, Sequence
from typing import Any

from matching_service.simulation.scenario import Scenario
from matching_service.simulation.trials import Trial

POLICIES, CAPS, BUDGETS = "policies", "open inquiries per search at once", "inquiries a day"
OURS = "ours"


def policies(scenario: Scenario, names: Sequence[str]) -> list[Trial]:
    return [Trial(POLICIES, name, name) for name in names or scenario.policies]


def knobs() -> list[Trial]:
    """All of the planner's, one at a time, and what the world would have to be like."""
    return [*_of_practice(), *_of_budgets(), *_with_six_inquiries(), *_of_the_world()]


def _of_practice() -> Iterator[Trial]:
    for cap in (1, 5, 15, 30):
        yield _ours(CAPS, str(cap), ours={"parallel_cap": cap})
    for contacts in (25, 50, 100):
        yield _ours("contacts per search in all", str(contacts), ours={"contacts": contacts})
    for smallest, largest in ((3, 3), (1, 6), (3, 10)):
        yield _ours("bundle size", f"{smallest} to {largest}", ours=_sizes(smallest, largest))
    for days in (14, 56):
        yield _ours("cooling, days", str(days), rules={"cooling_days": days})
    for days in (7, 28):
        yield _ours("no-answer time-out, days", str(days), rules={"no_answer_days": days})
    restless = {"rest_after_silence": False}
    yield _ours("no-answer time-out, days", "14, no rest after silence", rules=restless)
    yield _ours("longest waiter in every bundle", "not guaranteed", ours={"guarantee": False})
    for chances in ("off", "known"):
        yield _ours("chances", chances, ours={"chances": chances})


def _of_budgets() -> Iterator[Trial]:
    for limit in (6, 10, 14):
        rules = {"max_bundles": limit}
        for policy in ("older_rule", OURS):
            yield Trial(BUDGETS, f"{limit}, {policy}", policy, {"rules": rules})


def _with_six_inquiries() -> Iterator[Trial]:
    yield Trial(SIX, "one_to_one", "one_to_one", {"rules": _SIX})
    for chances in ("off", "own", "learned_pairs", "known"):
        yield _ours(SIX, f"chances: {chances}", rules=_SIX, ours={"chances": chances})
    yield _ours(SIX, "a weight doubles in 60 days", rules=_SIX, ours={"days_that_double": 60})
    yield _ours(SIX, "3 to 10 patients", rules=_SIX, ours=_sizes(3, 10))
    known = {"chances": "known", **_sizes(3, 10)}
    yield _ours(SIX, "3 to 10 patients, chances: known", rules=_SIX, ours=known)
    for earlier in (5, 20):
        past = {"earlier_inquiries": earlier}
        yield _ours(SIX, f"{earlier} earlier inquiries on record", rules=_SIX, answers=past)
    stated, past = {"state_capacity": 0.6}, {"earlier_inquiries": 20}
    yield _ours(SIX, "60% of those with room say so", rules=_SIX, therapists=stated)
    name = "60% say so, 20 earlier inquiries"
    yield _ours(SIX, name, rules=_SIX, therapists=stated, answers=past)


def _of_the_world() -> Iterator[Trial]:
    for effect in (-0.1, 0.1):
        change = {"effect_per_further_patient": effect}
        yield _ours(EFFECT, f"{effect:+.0%}", answers=change)
    for rate in (0.75, 3.0):
        yield _ours("new searches a day", f"{rate}", searches={"per_day": rate})
    for name, changes in _WORLDS.items():
        yield _ours("the world", name, answers=changes)
    yield _ours("the world", "patients travel 30 to 50 km", searches={"max_km": _FAR})


def _sizes(smallest: int, largest: int) -> dict[str, int]:
    return {"smallest": smallest, "largest": largest, "field_size": largest}


def _ours(group: str, name: str, **changes: Any) -> Trial:
    return Trial(group, name, OURS, changes)


SIX = "six inquiries a day"
EFFECT = "response, by further patient in a bundle"
_SIX = {"max_bundles": 6}
_FAR = {"30": 0.7, "50": 0.3}
_WORLDS: dict[str, dict[str, float]] = {
    "response 0.2": {"response": 0.2},
    "response 0.5": {"response": 0.5},
    "capacity 1.2": {"capacity": 1.2},
    "fit 0.8": {"fit": 0.8},
    "fit 0.8, response 0.5": {"fit": 0.8, "response": 0.5},
    "fit 0.8, response 0.5, capacity 1.2": {"fit": 0.8, "response": 0.5, "capacity": 1.2},
}
