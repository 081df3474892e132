"""A practice as it is called, read from what the therapist service tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from communication_service.domain.practice_land import possible_laender
from communication_service.domain.unknown import MISSING, UNRECOGNISED, Unknown
from communication_service.domain.weekly_times import Hours, WeeklySlot
from shared.contracts.phone_number import e164
from shared.contracts.public_holidays import Land
from shared.contracts.weekly_schedule import (
    WEEK,
    ScheduleError,
    minute_of_day,
    parse_weekly_schedule,
)


@dataclass(frozen=True)
class Practice:
    """`phone` is None where nobody can be called, `hours` Unknown where none can be read."""

    therapist_id: int
    name: str
    phone: str | None
    has_email: bool
    hours: tuple[WeeklySlot, ...] | Unknown
    potentially_available: bool
    laender: frozenset[Land]


def read_practice(document: Mapping[str, Any]) -> Practice:
    names = (document.get("titel"), document.get("vorname"), document.get("nachname"))
    return Practice(
        therapist_id=document["id"],
        name=" ".join(name for name in names if name),
        phone=e164(document.get("telefon")),
        has_email=bool(document.get("email")),
        hours=read_phone_hours(document.get("telefonische_erreichbarkeit")),
        potentially_available=bool(document.get("potentially_available")),
        laender=possible_laender(document.get("plz")),
    )


def read_phone_hours(written: object) -> tuple[WeeklySlot, ...] | Unknown:
    """In any of the three spellings of a weekly schedule."""
    if not written:
        return MISSING
    try:
        week = parse_weekly_schedule(written)
    except ScheduleError:
        return UNRECOGNISED
    return tuple(
        WeeklySlot(weekday, Hours(minute_of_day(slot["start"]), minute_of_day(slot["end"])))
        for weekday, day in enumerate(WEEK)
        for slot in week.get(day, [])
    )
