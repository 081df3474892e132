"""Weekly times: what is free, how many hours, and whether a session fits into both weeks.

A week is one integer with a bit per minute, so that joining and comparing weeks are single
operations and overlapping entries never count twice.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

SESSION_MINUTES = 50
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class WeeklySchedule:
    """`session_starts`: the minutes of the week at which a whole session fits in."""

    free_minutes: int
    session_starts: int

    @property
    def hours_per_week(self) -> float:
        return self.free_minutes.bit_count() / 60


@dataclass(frozen=True, slots=True)
class UnknownSchedule:
    reason: str  # not_given | malformed
    field: str = ""  # where it is malformed: "monday[0].end"


Availability = WeeklySchedule | UnknownSchedule

NOT_GIVEN = UnknownSchedule("not_given")


def read_schedule(canonical: object) -> Availability:
    """Reads `{"monday": [{"start": "09:00", "end": "12:00"}]}`; an empty week says nothing."""
    if not canonical:
        return NOT_GIVEN
    try:
        free = _free_minutes(canonical)
    except _MalformedError as malformed:
        return UnknownSchedule("malformed", str(malformed))
    return WeeklySchedule(free, _session_starts(free)) if free else NOT_GIVEN


def have_common_session(one: WeeklySchedule, other: WeeklySchedule) -> bool:
    """A session fits into both weeks exactly when it can start at the same minute in both."""
    return bool(one.session_starts & other.session_starts)


class _MalformedError(Exception):
    pass


# Every day begins one session length after the last one has ended: no session spans midnight.
DAY_STRIDE = 24 * 60 + SESSION_MINUTES
_OBJECT, _LIST = (dict, Mapping), (list, Sequence)  # what JSON gives is recognised at once
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


def _free_minutes(canonical: object) -> int:
    if not isinstance(canonical, _OBJECT):
        raise _MalformedError("")
    week = 0
    for day, slots in canonical.items():
        if day not in WEEKDAYS or not isinstance(slots, _LIST) or isinstance(slots, str):
            raise _MalformedError(str(day))
        offset = WEEKDAYS.index(day) * DAY_STRIDE
        for index, slot in enumerate(slots):
            week |= _slot_minutes(slot, f"{day}[{index}]") << offset
    return week


def _slot_minutes(slot: object, where: str) -> int:
    if not isinstance(slot, _OBJECT):
        raise _MalformedError(where)
    minutes = []
    for name in ("start", "end"):
        clock = slot.get(name)
        minute = _minute_of_day(clock) if isinstance(clock, str) else None
        if minute is None:
            raise _MalformedError(f"{where}.{name}")
        minutes.append(minute)
    start, end = minutes
    if end <= start:
        raise _MalformedError(f"{where}.end")
    return ((1 << (end - start)) - 1) << start


@lru_cache(maxsize=2 * 24 * 60)
def _minute_of_day(clock: str) -> int | None:
    if _CLOCK.fullmatch(clock) is None:
        return None
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _session_starts(free_minutes: int) -> int:
    """Keeps the minutes that begin an unbroken run of a session's length, doubling as it goes."""
    starts, run = free_minutes, 1
    while run < SESSION_MINUTES:
        step = min(run, SESSION_MINUTES - run)
        starts &= starts >> step
        run += step
    return starts
