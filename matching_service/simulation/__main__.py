"""`python -m matching_service.simulation`: compares policies by the time until a place is found."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from matching_service.simulation import knobs
from matching_service.simulation.scenario import Scenario, ScenarioError, available, load
from matching_service.simulation.tables import legend, table, written
from matching_service.simulation.trials import Result, Trial, try_out

BASE, OLDER = "ours", "older_rule"


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = _parser().parse_args(arguments)
    try:
        scenario = load(chosen.scenario)
    except ScenarioError as error:
        sys.exit(str(error))
    unknown = sorted(set(chosen.policies) - set(scenario.policies))
    if unknown:
        sys.exit(f"no policy {unknown[0]!r}; there are: {', '.join(scenario.policies)}")
    first = _compare_policies(scenario, chosen)
    others = _turn_knobs(scenario, chosen) if chosen.knobs else []
    print(legend(chosen.markdown))
    if chosen.charts:
        _draw(first, others, chosen.charts)


def _compare_policies(scenario: Scenario, chosen: argparse.Namespace) -> list[Result]:
    results = _try_out(scenario, knobs.policies(scenario, chosen.policies), chosen)
    print(f"{scenario.name}: {scenario.about}\n")
    print(table(results, chosen.markdown) + "\n")
    by_name = {one.trial.name: one for one in results}
    if BASE in by_name and OLDER in by_name:
        for figure in ("mean", "contacts/y"):
            found = by_name[BASE].against(by_name[OLDER], figure)
            print(f"{BASE} − {OLDER}, {figure}, seed by seed: {written(found)}")
        print()
    return results


def _turn_knobs(scenario: Scenario, chosen: argparse.Namespace) -> list[Result]:
    trials = [Trial("as it is", BASE, BASE), *knobs.knobs()]
    results = _try_out(scenario, trials, chosen)
    print(table(results, chosen.markdown, base=results[0]) + "\n")
    return results


def _try_out(
    scenario: Scenario, trials: Sequence[Trial], chosen: argparse.Namespace
) -> list[Result]:
    return try_out(scenario, trials, chosen.seeds, _tell)


def _draw(policies: Sequence[Result], others: Sequence[Result], folder: Path) -> None:
    from matching_service.simulation.charts import draw

    try:
        paths = draw(policies, others, folder)
    except ImportError:
        sys.exit("charts need matplotlib")
    for path in paths:
        _tell(str(path))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m matching_service.simulation",
        description="Compares policies by the time until a place is found.",
    )
    say = parser.add_argument
    say("--scenario", default="baseline-2026", help=f"one of {', '.join(available())}")
    say("--seeds", type=_at_least_one, default=8, help="how many runs of each (default: 8)")
    say("--policies", nargs="+", default=[], metavar="POLICY", help="default: all of the scenario")
    say("--knobs", action="store_true", help="also what each knob does to the planner")
    say("--charts", type=Path, metavar="FOLDER", help="PNG files, needs matplotlib")
    say("--markdown", action="store_true", help="tables for a document")
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    main()
