"""Results as pictures. Needs matplotlib, which is loaded only here."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from matching_service.simulation import knobs
from matching_service.simulation.trials import Result

DOTS_PER_INCH = 80
LONGEST = 120


def draw(policies: Sequence[Result], others: Sequence[Result], folder: Path) -> list[Path]:
    """Those charts for which there are results. Raises ImportError."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [_survival(policies, folder / "waiting.png")]
    caps = [one for one in others if one.trial.group == knobs.CAPS]
    budgets = [one for one in others if one.trial.group == knobs.BUDGETS]
    if caps:
        paths.append(_lines({"ours": caps}, knobs.CAPS, folder / "parallel-cap.png"))
    if budgets:
        by_policy = {
            policy: [one for one in budgets if one.trial.policy == policy]
            for policy in dict.fromkeys(one.trial.policy for one in budgets)
        }
        paths.append(_lines(by_policy, knobs.BUDGETS, folder / "inquiries-a-day.png"))
    return paths


def _survival(results: Sequence[Result], path: Path) -> Path:
    """Who still waits after so many days, all seeds together."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.0), dpi=DOTS_PER_INCH, layout="tight")
    axes = figure.subplots()
    days = np.arange(LONGEST + 1)
    for result in results:
        waited = np.sort(np.concatenate(result.waited))
        still = 100.0 - 100.0 * np.searchsorted(waited, days, side="right") / len(waited)
        axes.step(days, still, where="post", label=result.trial.name)
    axes.set(xlabel="days", ylabel="still waiting, %", xlim=(0, LONGEST), ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)
    return path


def _lines(series: dict[str, list[Result]], label: str, path: Path) -> Path:
    """The mean with its interval; the first word of a trial's name is the place on the axis."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.0), dpi=DOTS_PER_INCH, layout="tight")
    axes = figure.subplots()
    for name, results in series.items():
        found = [one.estimate("mean") for one in results]
        places = [one.trial.name.split(",")[0] for one in results]
        means, margins = [one.mean for one in found], [one.margin for one in found]
        axes.errorbar(places, means, margins, marker="o", capsize=3, label=name)
    axes.set(xlabel=label, ylabel="mean days until placed", ylim=(0, LONGEST))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)
    return path
