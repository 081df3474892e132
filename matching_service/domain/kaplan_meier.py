"""How long patients wait: the Kaplan-Meier estimate.

Who still waits, and who gave up, waited at least so long; leaving them out would tell only of those
who were quick. The share who still wait is multiplied, at every day on which somebody stopped
waiting, by 1 − (those who stopped / those who had waited until then).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HORIZON_DAYS = 365
_CURVE_EVERY_DAYS = 28
_HALF = 0.5 + 1e-9  # a product of fractions is not exactly a half


@dataclass(frozen=True, slots=True)
class Step:
    """`still_waiting` is None where none of the `searches` was watched for so long."""

    day: int
    searches: int
    at_risk: int
    events: int
    censored: int
    still_waiting: float | None


class Waits:
    """Of one or more searches, to one event.

    `days` counts until the event where it `came`, else as long as is known that it had not; both
    have one value a search. `horizon_days` is how far the mean reaches.
    """

    def __init__(self, days: Sequence[int], came: Sequence[bool]) -> None:
        counted = np.asarray(days, dtype=np.int64)
        leaving = np.bincount(counted)
        self._events = np.bincount(counted[np.asarray(came, dtype=bool)], minlength=len(leaving))
        self._at_risk = np.cumsum(leaving[::-1])[::-1]
        self._still_waiting = np.cumprod(1 - self._events / self._at_risk)
        self.searches, self.events = len(counted), int(self._events.sum())
        self.censored = self.searches - self.events

    @property
    def mean_days(self) -> float:
        """Up to the horizon: the area under the curve, which falls at the beginning of a day."""
        return float(self._still_waiting[: min(self._last_day, HORIZON_DAYS)].sum())

    @property
    def median_days(self) -> int | None:
        below: NDArray[np.intp] = np.flatnonzero(self._still_waiting <= _HALF)
        return int(below[0]) if len(below) else None

    @property
    def horizon_days(self) -> int:
        return HORIZON_DAYS if self._nobody_waits else min(self._last_day, HORIZON_DAYS)

    def at_risk(self, day: int) -> int:
        """Who waited until then, or longer."""
        return int(self._at_risk[day]) if day <= self._last_day else 0

    def curve(self) -> Iterator[Step]:
        for day in range(0, HORIZON_DAYS + 1, _CURVE_EVERY_DAYS):
            at_risk, events = self.at_risk(day), int(self._events[: day + 1].sum())
            after = self.at_risk(day + 1)
            known = day <= self._last_day or self._nobody_waits
            yield Step(
                day,
                self.searches,
                at_risk,
                events,
                self.searches - after - events,
                float(self._still_waiting[min(day, self._last_day)]) if known else None,
            )

    @property
    def _last_day(self) -> int:
        return len(self._at_risk) - 1

    @property
    def _nobody_waits(self) -> bool:
        return bool(self._still_waiting[-1] == 0)
