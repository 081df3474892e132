"""Working days: Monday to Friday. Public holidays differ by state and are not counted."""

from datetime import datetime, timedelta

from shared.contracts.berlin import berlin_day, berlin_midnight

DRAFT_KEPT_WORKING_DAYS = 3

_SATURDAY = 5


def after_working_days(start: datetime, days: int) -> datetime:
    """The end of the Berlin working day that lies `days` working days after `start`'s day."""
    day = berlin_day(start)
    left = days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return berlin_midnight(day + timedelta(days=1))
