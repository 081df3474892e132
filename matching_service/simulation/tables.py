"""Results as tables for people: plain text or Markdown."""

from collections.abc import Sequence
from math import isnan

from matching_service.simulation.figures import FIGURES, Estimate
from matching_service.simulation.trials import Result

Rows = list[list[str]]
WITH_MARGIN = ("mean", "median", "under 30 d %", "placed %", "contacts/y")


def table(results: Sequence[Result], markdown: bool, base: Result | None = None) -> str:
    """`base`: what the mean is compared with, seed by seed, in the second column."""
    rows = [["", *(() if base is None else (f"mean − {base.trial.name}",)), *FIGURES]]
    rows += [[f"{one.trial.group}: {one.trial.name}", *_cells(one, base)] for one in results]
    return _markdown(rows) if markdown else _plain(rows)


def legend(markdown: bool) -> str:
    lines = [f"{name}: {meaning}" for name, meaning in FIGURES.items()]
    return "\n".join(f"- {line}" if markdown else line for line in lines)


def _cells(result: Result, base: Result | None) -> list[str]:
    cells = [] if base is None else [_difference(result, base)]
    for figure in FIGURES:
        found = result.estimate(figure)
        cells.append(written(found) if figure in WITH_MARGIN else f"{found.mean:.1f}")
    return cells


def _difference(result: Result, base: Result) -> str:
    if result is base:
        return "–"
    found = result.against(base, "mean")
    return f"{found.mean:+.1f} ± {found.margin:.1f}"


def written(found: Estimate) -> str:
    return f"{found.mean:.1f}" if isnan(found.margin) else f"{found.mean:.1f} ± {found.margin:.1f}"


def _markdown(rows: Rows) -> str:
    head, *body = rows
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *body])


def _plain(rows: Rows) -> str:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)
