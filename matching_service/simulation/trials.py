"""Many runs: every trial with the same seeds, so that differences can be taken seed by seed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from matching_service.simulation.course import run
from matching_service.simulation.figures import Estimate, Figures, estimate, figures_of, paired
from matching_service.simulation.market import Market, Reals, invent
from matching_service.simulation.scenario import Scenario

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """One policy under a scenario with some changes (as for `Scenario.changed`)."""

    group: str
    name: str
    policy: str
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """Both by seed; `waited` in days, inf: not placed."""

    trial: Trial
    figures: list[Figures] = field(default_factory=list)
    waited: list[Reals] = field(default_factory=list)

    def estimate(self, figure: str) -> Estimate:
        return estimate([one[figure] for one in self.figures])

    def against(self, other: "Result", figure: str) -> Estimate:
        return paired(self.figures, other.figures, figure)


def try_out(
    scenario: Scenario, trials: Sequence[Trial], seeds: int, tell: Progress
) -> list[Result]:
    results = [Result(trial) for trial in trials]
    for seed in range(seeds):
        markets: dict[str, Market] = {}
        for number, result in enumerate(results, 1):
            _run(result, scenario, seed, markets)
            mean = result.figures[-1]["mean"]
            place = f"seed {seed + 1}/{seeds}, {number}/{len(results)}"
            tell(f"{place}: {result.trial.group}, {result.trial.name}: {mean:.1f} days")
    return results


def _run(result: Result, scenario: Scenario, seed: int, markets: dict[str, Market]) -> None:
    changed = scenario.changed(**result.trial.changes)
    made_of = repr((changed.region, changed.therapists, changed.searches, changed.answers))
    if made_of not in markets:
        markets[made_of] = invent(changed, seed)
    outcome = run(markets[made_of], changed, result.trial.policy, seed)
    result.figures.append(figures_of(outcome, changed.measure))
    result.waited.append(outcome.waited)
