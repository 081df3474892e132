"""How much it counts that somebody waits.

Waiting is counted in whole Berlin days: everything that is planned on one day agrees, and who came
on the same day has the same claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from matching_service.domain.chances import TYPICAL_CHANCE
from matching_service.domain.snapshots import SearchSnapshot
from shared.contracts.berlin import berlin_day

_ENDS_WAITING = ("in_sessions", "abandoned")
DAYS_THAT_DOUBLE = 180  # after so many days a search weighs twice as much as on its first


def waiting_days(search: SearchSnapshot, today: date) -> int:
    return max(0, (today - berlin_day(search.waiting_since)).days)


def weight(search: SearchSnapshot, today: date) -> float:
    """Less the likelier an inquiry that is open already finds the place."""
    waited = 1.0 + waiting_days(search, today) / DAYS_THAT_DOUBLE
    for _ in range(search.open_inquiries):
        waited *= 1.0 - TYPICAL_CHANCE
    return waited


@dataclass(frozen=True, slots=True)
class Moved:
    """A search's way into another status."""

    to: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Waited:
    """Whole Berlin days; those of pauses are among `days`."""

    days: int
    paused_days: int


def time_waited(since: datetime, moves: Sequence[Moved], now: datetime) -> Waited:
    """Until today, else until the search got into sessions or was abandoned.

    `moves`: all moves of the search, oldest first. Pauses count as waiting and are told apart.
    """
    status = moves[-1].to if moves else "active"
    ends = [move.at for move in moves if move.to in _ENDS_WAITING]
    until = now if status in ("active", "paused") or not ends else ends[-1]
    return Waited(_days(since, until), sum(_days(*pause) for pause in _pauses(moves, now)))


def _pauses(moves: Sequence[Moved], now: datetime) -> list[tuple[datetime, datetime]]:
    begun = [(index, move.at) for index, move in enumerate(moves) if move.to == "paused"]
    return [(at, moves[i + 1].at if i + 1 < len(moves) else now) for i, at in begun]


def _days(since: datetime, until: datetime) -> int:
    return max(0, (berlin_day(until) - berlin_day(since)).days)
