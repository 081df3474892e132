"""Working days: Monday to Friday, but for the public holidays of all Germany.

Those of single Länder count as working days: a deadline is one for everybody, wherever they work.
"""

from datetime import date, datetime, timedelta

from shared.contracts.berlin import berlin_day, berlin_midnight
from shared.contracts.public_holidays import is_public_holiday

DRAFT_KEPT_WORKING_DAYS = 3

_SATURDAY = 5


def after_working_days(start: datetime, days: int) -> datetime:
    """The end of the Berlin working day that lies `days` working days after `start`'s day."""
    day = berlin_day(start)
    left = days
    while left:
        day += timedelta(days=1)
        left -= _is_working_day(day)
    return berlin_midnight(day + timedelta(days=1))


def _is_working_day(day: date) -> bool:
    return day.weekday() < _SATURDAY and not is_public_holiday(day)
