"""Ten thousand made-up weeks against a reference that looks at every minute and is obviously right.

Apart from the unit tests because it takes seconds.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from communication_service.domain.call_slots import CallSlot, PhoneHours, first_free_slot
from communication_service.domain.weekly_times import Hours, WeeklySlot
from shared.contracts.berlin import BERLIN

MINUTE = timedelta(minutes=1)
CALENDARS = 10_000
NIGHTS = (
    datetime(2026, 11, 9, 0, 0, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),  # clocks go forward
    datetime(2026, 10, 25, 1, 0, tzinfo=UTC),  # clocks go back
)


@dataclass(frozen=True)
class Calendar:
    hours: PhoneHours
    taken: tuple[CallSlot, ...]
    now: datetime
    lines: int
    window: timedelta
    length: int


def test_ten_thousand_calendars_agree_with_looking_at_every_minute() -> None:
    found = 0
    for calendar in calendars(CALENDARS):
        slot = first_free_slot(
            calendar.hours,
            calendar.taken,
            calendar.now,
            lines=calendar.lines,
            window=calendar.window,
            minutes=calendar.length,
        )
        assert slot == by_looking_at_every_minute(calendar), calendar
        if slot is not None:
            found += 1
            assert slot.starts_at >= calendar.now
            assert all(is_open(calendar, minute) for minute in minutes_of(slot))
            assert not any(collide(slot, other) for other in calendar.taken)
    assert CALENDARS / 2 < found < CALENDARS


def by_looking_at_every_minute(calendar: Calendar) -> CallSlot | None:
    begin = calendar.now.replace(second=0, microsecond=0)
    begin += MINUTE if begin < calendar.now else timedelta()
    while begin < calendar.now + calendar.window:
        slots = [
            CallSlot(begin, begin + calendar.length * MINUTE, line)
            for line in range(1, calendar.lines + 1)
        ]
        if all(is_open(calendar, minute) for minute in minutes_of(slots[0])):
            for slot in slots:
                if not any(collide(slot, other) for other in calendar.taken):
                    return slot
        begin += MINUTE
    return None


def is_open(calendar: Calendar, instant: datetime) -> bool:
    weekday, minute = clock_in_berlin(instant)
    return any(
        slot.weekday == weekday and slot.hours.start <= minute < slot.hours.end
        for slot in calendar.hours.week
    )


def minutes_of(slot: CallSlot) -> Iterator[datetime]:
    minute = slot.starts_at
    while minute < slot.ends_at:
        yield minute
        minute += MINUTE


def collide(one: CallSlot, other: CallSlot) -> bool:
    apart = one.ends_at <= other.starts_at or other.ends_at <= one.starts_at
    return one.line == other.line and not apart


@cache
def clock_in_berlin(instant: datetime) -> tuple[int, int]:
    shown = instant.astimezone(BERLIN)
    return shown.weekday(), shown.hour * 60 + shown.minute


def calendars(count: int) -> Iterator[Calendar]:
    """Around an ordinary midnight, and around both nights when clocks change."""
    chance = random.Random(28)
    for _ in range(count):
        now = chance.choice(NIGHTS) + timedelta(seconds=chance.randint(-4 * 3600, 2 * 3600))
        lines = chance.choice([1, 1, 2, 3])
        yield Calendar(
            hours=PhoneHours(tuple(hours_near(chance, now) for _ in range(chance.randint(1, 3)))),
            taken=tuple(taken_near(chance, now, lines)),
            now=now,
            lines=lines,
            window=timedelta(minutes=chance.choice([20, 120, 240])),
            length=chance.choice([5, 5, 5, 1, 12]),
        )


def hours_near(chance: random.Random, now: datetime) -> WeeklySlot:
    weekday, minute = clock_in_berlin(now + chance.randint(-60, 180) * MINUTE)
    length = chance.choice([chance.randint(1, 8), chance.randint(1, 90)])
    return WeeklySlot(weekday, Hours(minute, min(minute + length, 1440)))


def taken_near(chance: random.Random, now: datetime, lines: int) -> Iterator[CallSlot]:
    """As calls lie: on a line never two at a time."""
    for line in range(1, lines + 1):
        start = now.replace(second=0, microsecond=0) - chance.randint(0, 30) * MINUTE
        for _ in range(chance.randint(0, 8)):
            start += chance.choice([0, 0, 3, 5, 40]) * MINUTE
            end = start + chance.choice([5, 5, 20]) * MINUTE
            yield CallSlot(start, end, line)
            start = end
