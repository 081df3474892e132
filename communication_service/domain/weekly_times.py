"""A patient's week, folded: days with the same hours stand together."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from communication_service.domain.unknown import MISSING, Unknown

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, order=True)
class Hours:
    """Minutes since midnight, end exclusive, at most 1440."""

    start: int
    end: int


@dataclass(frozen=True, order=True)
class WeeklySlot:
    """`weekday` counts from Monday = 0."""

    weekday: int
    hours: Hours


@dataclass(frozen=True)
class SharedHours:
    """Runs of neighbouring weekdays (first, last) that have exactly these hours."""

    day_runs: tuple[tuple[int, int], ...]
    hours: tuple[Hours, ...]


def fold_week(slots: Iterable[WeeklySlot]) -> tuple[SharedHours, ...] | Unknown:
    """In the order of the week, by the first day of each group."""
    days_by_hours: dict[tuple[Hours, ...], list[int]] = defaultdict(list)
    for weekday, hours in sorted(_hours_by_day(slots).items()):
        days_by_hours[_joined(hours)].append(weekday)
    if not days_by_hours:
        return MISSING
    return tuple(SharedHours(_runs(days), hours) for hours, days in days_by_hours.items())


def _hours_by_day(slots: Iterable[WeeklySlot]) -> dict[int, list[Hours]]:
    by_day: dict[int, list[Hours]] = defaultdict(list)
    for slot in slots:
        by_day[slot.weekday].append(slot.hours)
    return by_day


def _joined(hours: Iterable[Hours]) -> tuple[Hours, ...]:
    joined: list[Hours] = []
    for piece in sorted(hours):
        if joined and piece.start <= joined[-1].end:
            joined[-1] = Hours(joined[-1].start, max(joined[-1].end, piece.end))
        else:
            joined.append(piece)
    return tuple(joined)


def _runs(days: Iterable[int]) -> tuple[tuple[int, int], ...]:
    runs: list[tuple[int, int]] = []
    for day in days:
        if runs and runs[-1][1] == day - 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return tuple(runs)
