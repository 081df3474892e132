"""How much it counts that somebody waits.

Waiting is counted in whole Berlin days: everything that is planned on one day agrees, and who came
on the same day has the same claim.
"""

from datetime import date

from matching_service.domain.berlin import berlin_day
from matching_service.domain.chances import TYPICAL_CHANCE
from matching_service.domain.snapshots import SearchSnapshot

DAYS_THAT_DOUBLE = 180  # after so many days a search weighs twice as much as on its first


def waiting_days(search: SearchSnapshot, today: date) -> int:
    return max(0, (today - berlin_day(search.waiting_since)).days)


def weight(search: SearchSnapshot, today: date) -> float:
    """Less the likelier an inquiry that is open already finds the place."""
    waited = 1.0 + waiting_days(search, today) / DAYS_THAT_DOUBLE
    for _ in range(search.open_inquiries):
        waited *= 1.0 - TYPICAL_CHANCE
    return waited
