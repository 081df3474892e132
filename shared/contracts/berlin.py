"""Instants are UTC, days are Berlin days: where one becomes the other."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def berlin_day(instant: datetime) -> date:
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(BERLIN).date()


def first_whole_day(instant: datetime) -> date:
    """The first Berlin day that begins at the instant or after it."""
    day = berlin_day(instant)
    return day if berlin_midnight(day) == instant else day + timedelta(days=1)


def berlin_midnight(day: date) -> datetime:
    """The UTC instant at which `day` begins in Berlin."""
    return datetime.combine(day, time.min, tzinfo=BERLIN).astimezone(UTC)
