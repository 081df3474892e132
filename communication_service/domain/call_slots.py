"""When a practice can be called: the first free slot in its phone hours.

Hours are clock times in Berlin, slots are instants. In the night when clocks go back an hour comes
twice and both count; in the night when they go forward one is missing. A public holiday has no
hours.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from communication_service.domain.unknown import IMPLAUSIBLE, Unknown, UnknownReason
from communication_service.domain.weekly_times import Hours, WeeklySlot, fold_week
from shared.contracts.berlin import BERLIN, berlin_day, berlin_midnight
from shared.contracts.public_holidays import Land, is_public_holiday

CALL_MINUTES = 5
WORKING_DAYS = range(5)
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class PhoneHours:
    """`assumed`: why these are the hours of the office and not the practice's own.

    `laender`: whose public holidays count besides those of all Germany.
    """

    week: tuple[WeeklySlot, ...]
    assumed: UnknownReason | None = None
    laender: frozenset[Land] = frozenset()


@dataclass(frozen=True, order=True)
class CallSlot:
    """In UTC, from and to a full minute; `line` counts from 1."""

    starts_at: datetime
    ends_at: datetime
    line: int


@dataclass(frozen=True)
class CallQueue:
    """How calls are planned: so many at a time, so far ahead, outside of known hours like that."""

    lines: int
    window: timedelta
    office_hours: tuple[WeeklySlot, ...]


def phone_hours(
    own: Sequence[WeeklySlot] | Unknown,
    office: tuple[WeeklySlot, ...],
    laender: frozenset[Land] = frozenset(),
) -> PhoneHours:
    """The practice's own hours, or the office's when hers are not known or hold no call at all."""
    if isinstance(own, Unknown):
        return PhoneHours(office, own.reason, laender)
    week = fold_week(own)
    if isinstance(week, Unknown):
        return PhoneHours(office, week.reason, laender)
    lengths = (hours.end - hours.start for shared in week for hours in shared.hours)
    if max(lengths) < CALL_MINUTES:
        return PhoneHours(office, IMPLAUSIBLE.reason, laender)
    return PhoneHours(tuple(own), laender=laender)


def on_working_days(hours: Iterable[Hours]) -> tuple[WeeklySlot, ...]:
    every_day = tuple(hours)
    return tuple(WeeklySlot(day, some) for day in WORKING_DAYS for some in every_day)


def first_free_slot(
    hours: PhoneHours,
    taken: Iterable[CallSlot],
    earliest: datetime,
    *,
    lines: int,
    window: timedelta,
    minutes: int = CALL_MINUTES,
) -> CallSlot | None:
    """The slot that begins first, at `earliest` or later and less than `window` after it.

    `earliest` is now, or a later time. None: there is none.
    """
    busy = sorted(taken)
    open_times = _open_times(hours, earliest, earliest + window)
    found = (
        _first_gap(open_times, [one for one in busy if one.line == line], line, minutes)
        for line in range(1, lines + 1)
    )
    best = min((slot for slot in found if slot is not None), default=None)
    return best if best is not None and best.starts_at < earliest + window else None


@dataclass(frozen=True, order=True)
class _Span:
    start: datetime
    end: datetime


def _first_gap(
    open_times: Iterable[_Span], busy: Sequence[CallSlot], line: int, minutes: int
) -> CallSlot | None:
    length = timedelta(minutes=minutes)
    for span in open_times:
        start = span.start
        for call in busy:
            if start + length <= call.starts_at:
                break
            start = max(start, _full_minute(call.ends_at))
        if start + length <= span.end:
            return CallSlot(start, start + length, line)
    return None


def _open_times(hours: PhoneHours, earliest: datetime, latest: datetime) -> list[_Span]:
    """In order and apart from each other; the first begins no earlier than `earliest`, and the
    last may go on beyond `latest`."""
    first = _full_minute(earliest)
    joined: list[_Span] = []
    for span in sorted(_spans(hours, berlin_day(earliest), berlin_day(latest + _DAY))):
        if span.end <= first:
            continue
        start = max(span.start, first)
        if joined and start <= joined[-1].end:
            joined[-1] = _Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(_Span(start, span.end))
    return joined


def _spans(hours: PhoneHours, first: date, last: date) -> Iterator[_Span]:
    for count in range((last - first).days + 1):
        day = first + timedelta(days=count)
        today = [slot.hours for slot in hours.week if slot.weekday == day.weekday()]
        if today and not is_public_holiday(day, hours.laender):
            yield from _on_day(day, today)


def _on_day(day: date, hours: Iterable[Hours]) -> Iterator[_Span]:
    """What clocks show between the hours' ends, before and after a change of the clocks."""
    dawn, dusk = berlin_midnight(day), berlin_midnight(day + _DAY)
    change = _change_of_clocks(dawn, dusk)
    ahead = _offset(dusk - _MINUTE) - _offset(dawn)
    for begin, end, midnight in ((dawn, change, dawn), (change, dusk, dawn - ahead)):
        for some in hours:
            start = max(begin, midnight + timedelta(minutes=some.start))
            stop = min(end, midnight + timedelta(minutes=some.end))
            if start < stop:
                yield _Span(start, stop)


def _change_of_clocks(dawn: datetime, dusk: datetime) -> datetime:
    """The end of the day when clocks do not change in it."""
    offset = _offset(dawn)
    if _offset(dusk - _MINUTE) == offset:
        return dusk
    minutes = range((dusk - dawn) // _MINUTE)
    changed = bisect_left(minutes, True, key=lambda m: _offset(dawn + m * _MINUTE) != offset)
    return dawn + changed * _MINUTE


def _offset(instant: datetime) -> timedelta:
    offset = instant.astimezone(BERLIN).utcoffset()
    assert offset is not None
    return offset


def _full_minute(instant: datetime) -> datetime:
    """The same or the next one."""
    begun = instant.replace(second=0, microsecond=0)
    return begun if begun == instant else begun + _MINUTE


def instant_of(day: date, clock: time) -> datetime | None:
    """What clocks in Berlin show then: the first time, where they show it twice; None, where they
    leave it out."""
    instant = datetime.combine(day, clock, BERLIN).astimezone(UTC)
    shown = instant.astimezone(BERLIN)
    return instant if (shown.date(), shown.time()) == (day, clock) else None
