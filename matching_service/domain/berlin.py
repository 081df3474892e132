"""Instants are UTC, days are Berlin days: where one becomes the other."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def berlin_day(instant: datetime) -> date:
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return instant.astimezone(BERLIN).date()


def berlin_midnight(day: date) -> datetime:
    """The UTC instant at which `day` begins in Berlin."""
    return datetime.combine(day, time.min, tzinfo=BERLIN).astimezone(UTC)
