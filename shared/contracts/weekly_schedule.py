"""Weekly schedules: three spellings are accepted, one is stored.

Canonical: `{"monday": [{"start": "09:00", "end": "12:00"}]}`, days in week order, slots sorted
and without overlap, days without slots left out. Also accepted: `{"montag": ["09:00-12:00"]}`
and `{"Mo": ["09:00-12:00"]}`; days and slots may be spelt independently of each other.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

Slot = dict[str, str]
WeeklySchedule = dict[str, list[Slot]]

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class ScheduleError(ValueError):
    """`path` speaks the sender's spelling (`montag[0].end`); it is empty for the whole schedule."""

    def __init__(self, path: str, code: str) -> None:
        super().__init__(f"{path}: {code}" if path else code)
        self.path = path
        self.code = code


def parse_weekly_schedule(raw: object) -> WeeklySchedule:
    """Raise ScheduleError for the first thing that cannot be read; nothing is guessed."""
    if not isinstance(raw, Mapping):
        raise ScheduleError("", "not_an_object")
    week: WeeklySchedule = {}
    for spelling, slots in raw.items():
        day = _day(str(spelling))
        if day in week:
            raise ScheduleError(str(spelling), "duplicate_day")
        week[day] = _slots(str(spelling), slots)
    return {day: week[day] for day in WEEK if week.get(day)}


def weekly_minutes(schedule: WeeklySchedule) -> int:
    return sum(
        minute_of_day(slot["end"]) - minute_of_day(slot["start"])
        for slots in schedule.values()
        for slot in slots
    )


def minute_of_day(time: str) -> int:
    """`time` is canonical, `HH:MM`."""
    return int(time[:2]) * 60 + int(time[3:])


_ENDS = ("start", "end")
_GERMAN_DAYS = (
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
)
_DAYS = (
    {day: day for day in WEEK}
    | dict(zip(_GERMAN_DAYS, WEEK, strict=True))
    | {german[:2]: day for german, day in zip(_GERMAN_DAYS, WEEK, strict=True)}
)
_CLOCK = r"([01]?[0-9]|2[0-3]):([0-5][0-9])"
_TIME = re.compile(_CLOCK)
_RANGE = re.compile(r"\s*(\S+?)\s*[-–]\s*(\S+)\s*")

_SLOTS = {
    "type": "array",
    "items": {
        "anyOf": [
            {
                "type": "object",
                "properties": {end: {"type": "string", "pattern": f"^{_CLOCK}$"} for end in _ENDS},
                "required": list(_ENDS),
                "additionalProperties": False,
            },
            {"type": "string", "pattern": rf"^\s*{_CLOCK}\s*[-–]\s*{_CLOCK}\s*$"},
        ]
    },
}
JSON_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "Ein Wochenplan in einer von drei Schreibweisen; beantwortet wird er in der "
    "englischen. Ein Tag kommt nur einmal vor, und seine Zeiten überschneiden sich nicht.",
    "propertyNames": {"enum": list(_DAYS)},
    "additionalProperties": _SLOTS,
}


def _day(spelling: str) -> str:
    day = _DAYS.get(spelling.strip().rstrip(".").lower())
    if day is None:
        raise ScheduleError(spelling, "unknown_day")
    return day


def _slots(path: str, raw: object) -> list[Slot]:
    if not isinstance(raw, list):
        raise ScheduleError(path, "not_a_list")
    slots = [(f"{path}[{index}]", item) for index, item in enumerate(raw)]
    in_order = sorted(
        ((_slot(place, item), place) for place, item in slots), key=lambda pair: pair[0]["start"]
    )
    for (earlier, _), (later, place) in pairwise(in_order):
        if later["start"] < earlier["end"]:
            raise ScheduleError(place, "overlap")
    return [slot for slot, _ in in_order]


def _slot(path: str, raw: object) -> Slot:
    start, end = _ends(path, raw)
    slot = {"start": _time(f"{path}.start", start), "end": _time(f"{path}.end", end)}
    if slot["end"] <= slot["start"]:
        raise ScheduleError(f"{path}.end", "end_not_after_start")
    return slot


def _ends(path: str, raw: object) -> tuple[object, object]:
    if isinstance(raw, str) and (written := _RANGE.fullmatch(raw)):
        return written.group(1), written.group(2)
    if isinstance(raw, Mapping) and not raw.keys() - set(_ENDS):
        return raw.get("start"), raw.get("end")
    raise ScheduleError(path, "not_a_slot")


def _time(path: str, raw: object) -> str:
    written = _TIME.fullmatch(raw) if isinstance(raw, str) else None
    if written is None:
        raise ScheduleError(path, "not_a_time")
    return f"{int(written.group(1)):02}:{written.group(2)}"
