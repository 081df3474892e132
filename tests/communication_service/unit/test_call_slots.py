"""When a practice is called."""

from datetime import UTC, datetime, timedelta

import pytest

from communication_service.domain.call_slots import (
    CallSlot,
    PhoneHours,
    first_free_slot,
    on_working_days,
    phone_hours,
)
from communication_service.domain.unknown import MISSING, UNRECOGNISED, UnknownReason
from communication_service.domain.weekly_times import Hours, WeeklySlot
from shared.contracts.berlin import BERLIN

MINUTE, TWO_WEEKS = timedelta(minutes=1), timedelta(days=14)
MON, TUE, SAT, SUN = 0, 1, 5, 6
OFFICE = on_working_days([Hours(9 * 60, 12 * 60)])


def berlin(written: str, fold: int = 0) -> datetime:
    clock = datetime.fromisoformat(written).replace(tzinfo=BERLIN, fold=fold)
    return clock.astimezone(UTC)


def at(weekday: int, start: str, end: str) -> WeeklySlot:
    return WeeklySlot(weekday, Hours(minutes(start), minutes(end)))


def minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def call(written: str, line: int = 1, length: int = 5) -> CallSlot:
    start = berlin(written)
    return CallSlot(start, start + length * MINUTE, line)


def first(
    hours: list[WeeklySlot], now: datetime, *taken: CallSlot, lines: int = 1, length: int = 5
) -> datetime | None:
    week = PhoneHours(tuple(hours))
    slot = first_free_slot(week, taken, now, lines=lines, window=TWO_WEEKS, minutes=length)
    return slot.starts_at if slot else None


# 2026-11-02 is a Monday.
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-02 08:00", "2026-11-02 09:00"),
        ("2026-11-02 09:00", "2026-11-02 09:00"),
        ("2026-11-02 09:00:01", "2026-11-02 09:01"),
        ("2026-11-02 11:55", "2026-11-02 11:55"),
        ("2026-11-02 11:55:01", "2026-11-09 09:00"),
        ("2026-11-02 12:00", "2026-11-09 09:00"),
        ("2026-11-01 23:59", "2026-11-02 09:00"),
    ],
)
def test_a_call_is_planned_in_the_hours_and_never_in_the_past(now: str, expected: str) -> None:
    assert first([at(MON, "09:00", "12:00")], berlin(now)) == berlin(expected)


def test_a_call_begins_less_than_two_weeks_from_now() -> None:
    monday = [at(MON, "09:00", "09:05")]
    taken = call("2026-11-02 09:00"), call("2026-11-09 09:00")
    assert first(monday, berlin("2026-11-02 08:00"), *taken) is None
    assert first(monday, berlin("2026-11-02 09:01"), taken[1]) == berlin("2026-11-16 09:00")
    assert first(monday, berlin("2026-11-02 09:00"), *taken) is None


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (("09:03", "09:08"), "2026-11-02 09:03"),
        (("09:01", "09:05"), None),
        (("09:00", "09:01"), None),
        (("23:55", "24:00"), "2026-11-02 23:55"),
        (("00:00", "24:00"), "2026-11-02 08:00"),
    ],
)
def test_hours_may_end_at_any_minute_but_must_hold_the_whole_call(
    window: tuple[str, str], expected: str | None
) -> None:
    slot = first([at(MON, *window)], berlin("2026-11-02 08:00"))
    assert slot == (berlin(expected) if expected else None)


def test_hours_that_touch_are_one_even_over_midnight() -> None:
    late = [at(MON, "23:57", "24:00"), at(TUE, "00:00", "00:02")]
    assert first(late, berlin("2026-11-02 08:00")) == berlin("2026-11-02 23:57")
    joined = [at(MON, "09:00", "09:03"), at(MON, "09:02", "09:06")]
    assert first(joined, berlin("2026-11-02 09:01")) == berlin("2026-11-02 09:01")


def test_a_weekend_is_used_only_if_the_hours_say_so() -> None:
    saturday = berlin("2026-11-07 08:00")
    office = PhoneHours(OFFICE)
    monday = first_free_slot(office, (), saturday, lines=1, window=TWO_WEEKS)
    assert monday == CallSlot(berlin("2026-11-09 09:00"), berlin("2026-11-09 09:05"), 1)
    assert first([at(SAT, "10:00", "11:00")], saturday) == berlin("2026-11-07 10:00")


def test_calls_of_one_line_follow_each_other() -> None:
    taken = call("2026-11-02 09:00"), call("2026-11-02 09:05", length=20)
    hours = [at(MON, "09:00", "12:00")]
    assert first(hours, berlin("2026-11-02 08:00"), *taken) == berlin("2026-11-02 09:25")
    gap = call("2026-11-02 09:00"), call("2026-11-02 09:09")
    assert first(hours, berlin("2026-11-02 08:00"), *gap) == berlin("2026-11-02 09:14")


def test_a_second_line_is_used_when_the_first_is_busy() -> None:
    hours, now = PhoneHours((at(MON, "09:00", "12:00"),)), berlin("2026-11-02 08:00")
    busy = [call("2026-11-02 09:00", line=1)]
    slot = first_free_slot(hours, busy, now, lines=2, window=TWO_WEEKS)
    assert slot is not None
    assert (slot.starts_at, slot.line) == (berlin("2026-11-02 09:00"), 2)
    free = first_free_slot(hours, (), now, lines=2, window=TWO_WEEKS)
    assert free is not None
    assert free.line == 1


def test_a_longer_call_needs_a_longer_gap() -> None:
    hours = [at(MON, "09:00", "12:00")]
    taken = call("2026-11-02 09:15")
    assert first(hours, berlin("2026-11-02 08:00"), taken, length=15) == berlin("2026-11-02 09:00")
    assert first(hours, berlin("2026-11-02 08:00"), taken, length=16) == berlin("2026-11-02 09:20")


def test_an_hour_that_clocks_leave_out_holds_no_call() -> None:
    """On 2026-03-29 two o'clock is three o'clock."""
    night = berlin("2026-03-29 00:30")
    assert first([at(SUN, "02:00", "03:00")], night) == berlin("2026-04-05 02:00")
    assert first([at(SUN, "02:30", "03:10")], night) == berlin("2026-03-29 03:00")
    assert first([at(SUN, "01:58", "03:03")], night) == berlin("2026-03-29 01:58")
    assert first([at(SUN, "09:00", "10:00")], night) == datetime(2026, 3, 29, 7, tzinfo=UTC)


def test_an_hour_that_comes_twice_holds_calls_twice() -> None:
    """On 2026-10-25 three o'clock is two o'clock again."""
    hours, night = [at(SUN, "02:55", "03:00")], berlin("2026-10-25 00:30")
    assert first(hours, night) == berlin("2026-10-25 02:55")
    taken = call("2026-10-25 02:55")
    assert first(hours, night, taken) == berlin("2026-10-25 02:55", fold=1)


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (MISSING, UnknownReason.MISSING),
        (UNRECOGNISED, UnknownReason.UNRECOGNISED),
        ((), UnknownReason.MISSING),
        ((at(MON, "09:00", "09:04"), at(TUE, "09:00", "09:01")), UnknownReason.IMPLAUSIBLE),
    ],
)
def test_where_no_usable_hours_are_known_those_of_the_office_are_assumed_and_why(
    own: tuple[WeeklySlot, ...], reason: UnknownReason
) -> None:
    assert phone_hours(own, OFFICE) == PhoneHours(OFFICE, assumed=reason)


def test_known_hours_are_not_assumed() -> None:
    own = (at(MON, "09:00", "09:03"), at(MON, "09:03", "09:05"))
    assert phone_hours(own, OFFICE) == PhoneHours(own, assumed=None)
