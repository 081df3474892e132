"""What is reported of a run, and how sure we are of it over several seeds."""

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from matching_service.simulation.course import Outcome, Tally
from matching_service.simulation.scenario import Measure

FIGURES = {
    "mean": "mean days until placed, cut off where the scenario says",
    "median": "median of the same",
    "p90": "nine in ten waited no longer",
    "under 30 d %": "placed in less than 30 days",
    "placed %": "placed before the cut",
    "per patient %": "acceptances per patient in answered inquiries",
    "per answer %": "answered inquiries in which somebody found a place",
    "per inquiry %": "the same per inquiry sent",
    "conflicts/y": "acceptances a year that came second",
    "inquiries/d": "inquiries a day",
    "size": "patients per inquiry",
    "contacts/y": "inquiries per therapist and year",
    "active": "searches that are active on a day",
}
DAYS_PER_YEAR = 365.0

# Two-sided 95 % points of Student's t by degrees of freedom, 1 to 30.
_T_95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
_T_95_OF_MANY = 2.042  # of 30: a little too wide for more

Figures = Mapping[str, float]


class Estimate(NamedTuple):
    """`margin`: half the width of the 95 % interval, nan of a single seed."""

    mean: float
    margin: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval keeps away from zero."""
        return abs(self.mean) > self.margin


def figures_of(outcome: Outcome, measure: Measure) -> Figures:
    cut = float(measure.censored_at)
    waited = np.minimum(outcome.waited, cut)
    return {
        "mean": float(waited.mean()),
        "median": float(np.median(waited)),
        "p90": float(np.percentile(waited, 90)),
        "under 30 d %": 100.0 * float((waited < 30.0).mean()),
        "placed %": 100.0 * float((outcome.waited < cut).mean()),
        **_of_inquiries(outcome.tally, outcome.therapists),
    }


def estimate(values: Sequence[float]) -> Estimate:
    number = len(values)
    if number < 2:
        return Estimate(float(values[0]), float("nan"))
    deviation = float(np.std(values, ddof=1))
    return Estimate(float(np.mean(values)), t_95(number - 1) * deviation / sqrt(number))


def t_95(degrees: int) -> float:
    return _T_95[degrees - 1] if degrees <= len(_T_95) else _T_95_OF_MANY


def paired(ones: Sequence[Figures], others: Sequence[Figures], figure: str) -> Estimate:
    """The difference, seed by seed: what all runs of a seed have in common cancels out."""
    return estimate([one[figure] - other[figure] for one, other in zip(ones, others, strict=True)])


def _of_inquiries(tally: Tally, therapists: int) -> dict[str, float]:
    per_day = tally.inquiries / tally.days
    return {
        "per patient %": _percent(tally.accepted, tally.offered_answered),
        "per answer %": _percent(tally.successful, tally.answered),
        "per inquiry %": _percent(tally.successful, tally.inquiries),
        "conflicts/y": tally.conflicts / tally.days * DAYS_PER_YEAR,
        "inquiries/d": per_day,
        "size": tally.offered / max(1, tally.inquiries),
        "contacts/y": per_day / therapists * DAYS_PER_YEAR,
        "active": tally.active / tally.days,
    }


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / max(1, whole)
