"""One bundle out of one field: who is in it, in which order, and whether it is large enough."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from matching_service.domain.berlin import berlin_day
from matching_service.domain.fields import Candidate, Field
from matching_service.domain.snapshots import SearchSnapshot

THIN_REGION_BELOW = 3
THIN_REGION_WAITING = timedelta(days=30)
THIN_REGION_QUIET = timedelta(days=14)


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


@dataclass(frozen=True, slots=True)
class Load:
    """Inquiries that searches were given in the wave so far: search id → number."""

    given: Mapping[int, int]

    def of(self, search: SearchSnapshot) -> int:
        """How many inquiries carry this search already, open ones included."""
        return search.open_inquiries + self.given.get(search.search_id, 0)


def choose_members(
    field: Field,
    rules: BundleRules,
    load: Load,
    pinned: Collection[int] = (),
) -> list[Candidate]:
    """Pinned searches, then the longest waiter among those for whom least was relaxed, then the
    least relaxed, least asked for, longest waiting, up to the largest size.

    Fewest inquiries before longest wait is the spread: otherwise the same oldest searches
    would sit in every bundle of a wave.
    """
    waiting = sorted(field.candidates, key=_waiting_order)
    by_hand = [one for one in waiting if one.search.search_id in pinned]
    filling = sorted(field.candidates, key=lambda one: _filling_order(one, load))
    in_turn = [*by_hand, *waiting[:1], *filling]
    once_each = {one.search.search_id: one for one in in_turn}
    return list(once_each.values())[: rules.max_size]


def size_exception(
    size: int, eligible: Sequence[SearchSnapshot], rules: BundleRules, load: Load, now: datetime
) -> SizeException | None:
    """Why a bundle below the smallest size may go out all the same; None: it may not."""
    if size == 0:
        return None
    if is_thin_region(eligible, load, now):
        return SizeException.THIN_REGION
    return SizeException.OVERRIDE if rules.small_allowed else None


def is_thin_region(eligible: Sequence[SearchSnapshot], load: Load, now: datetime) -> bool:
    """`eligible`: every search that meets the hard constraints, whatever its budget."""
    today = berlin_day(now)
    return len(eligible) < THIN_REGION_BELOW and all(
        now - search.waiting_since >= THIN_REGION_WAITING
        and _not_asked_lately(search, today)
        and not load.given.get(search.search_id)
        for search in eligible
    )


def _not_asked_lately(search: SearchSnapshot, today: date) -> bool:
    last = search.last_inquiry_on
    return last is None or today - last >= THIN_REGION_QUIET


def _waiting_order(candidate: Candidate) -> tuple[int, datetime, int]:
    search = candidate.search
    return candidate.relaxation, search.waiting_since, search.search_id


def _filling_order(candidate: Candidate, load: Load) -> tuple[int, int, datetime, int]:
    search = candidate.search
    return candidate.relaxation, load.of(search), search.waiting_since, search.search_id
