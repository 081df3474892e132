"""How large a bundle has to be, and when a smaller one may go out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matching_service.domain.snapshots import SearchSnapshot
from matching_service.domain.waiting import waiting_days

THIN_REGION_BELOW = 3
THIN_REGION_WAITING_DAYS = 30
THIN_REGION_QUIET_DAYS = 14


class SizeException(StrEnum):
    THIN_REGION = "thin_region"
    OVERRIDE = "override"
    MANUAL = "manual"
    CUTOVER = "cutover"


@dataclass(frozen=True, slots=True)
class BundleRules:
    min_size: int = 3
    max_size: int = 6
    field_size: int = 6
    small_allowed: bool = False  # staff gave a reason: one or two patients are enough


def is_thin_region(eligible: Sequence[SearchSnapshot], today: date) -> bool:
    """`eligible`: every search that meets the hard constraints, whatever its budget.

    An inquiry of the wave that is being planned counts as well, but only the wave knows of it.
    """
    return len(eligible) < THIN_REGION_BELOW and all(
        waiting_days(search, today) >= THIN_REGION_WAITING_DAYS and _not_asked_lately(search, today)
        for search in eligible
    )


def _not_asked_lately(search: SearchSnapshot, today: date) -> bool:
    last = search.last_inquiry_on
    return last is None or (today - last).days >= THIN_REGION_QUIET_DAYS
