"""How often a page may be asked for, by link and by address.

Counted in each web process for itself, in memory: no address is ever stored, a flood costs no
statement, and what a practice notices is at most the limit times the number of processes.
"""

import threading
from dataclasses import dataclass

WINDOW_SECONDS = 60
_MOST_VISITORS = 20_000


@dataclass(frozen=True)
class VisitLimits:
    """Visits a minute. Behind one address there may be a whole clinic."""

    of_address: int = 120
    of_link: int = 30


class Visits:
    def __init__(self, limits: VisitLimits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._window = 0
        self._counted: dict[str, int] = {}

    def seconds_to_wait(self, *, address: str, link: str | None, now: float) -> int:
        """0: come in. `link` None: one that we have not signed; it counts for its address alone.

        `now` are seconds of any clock that only goes forward.
        """
        with self._lock:
            self._turn_to(int(now // WINDOW_SECONDS))
            too_many = self._count(f"a:{address}") > self._limits.of_address
            if link is not None:
                too_many |= self._count(f"l:{link}") > self._limits.of_link
        return WINDOW_SECONDS - int(now % WINDOW_SECONDS) if too_many else 0

    def _turn_to(self, window: int) -> None:
        if window != self._window or len(self._counted) > _MOST_VISITORS:
            self._window = window
            self._counted.clear()

    def _count(self, visitor: str) -> int:
        self._counted[visitor] = self._counted.get(visitor, 0) + 1
        return self._counted[visitor]
