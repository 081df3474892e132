"""Whose turn it is to ask a server that limits us: one queue for all threads and processes.

The queue is a row. Taking a turn moves its `free_from` one interval on, by the database's clock and
under its lock; whoever took it sleeps until then, with no transaction open. Turns are therefore an
interval apart whoever takes them, and an interval is longer than the server asks by as much as a
turn may be late: who comes later than that lets it pass.
"""

import time
from dataclasses import dataclass
from typing import Protocol, cast

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError

from shared.db import Database, is_contention

LATEST_SECONDS = 0.1


class HasTimeLeft(Protocol):
    @property
    def left(self) -> float:
        """Seconds until nobody waits any more."""


@dataclass(frozen=True)
class Queue:
    """`interval` is what the server demands between two requests, in seconds."""

    database: Database
    server: str
    interval: float

    def wait(self, deadline: HasTimeLeft) -> bool:
        """True when it is our turn, False when that would be too late."""
        while deadline.left > 0:
            began = time.monotonic()
            wait = self._take(deadline.left)
            if wait is None:
                return False
            time.sleep(wait)
            if time.monotonic() - began - wait <= LATEST_SECONDS:
                return True
        return False

    def postpone(self, seconds: float) -> None:
        """The server wants to be left alone, by every process."""
        self._move(_POSTPONE, {"seconds": seconds}, _LONGEST_LOCK_SECONDS)

    def _take(self, patience: float) -> float | None:
        """Seconds until our turn; None, and none taken, when it is more than `patience`."""
        values = {"interval": self.interval + LATEST_SECONDS, "patience": patience}
        wait = self._move(_TAKE, values, patience)
        return None if wait is None else max(0.0, wait)

    def _move(self, move: TextClause, values: dict[str, float], patience: float) -> float | None:
        """None as well when somebody holds the row for longer than `patience`."""
        try:
            with self.database.transaction() as session:
                session.execute(_NO_LONGER, {"limit": f"{max(1, int(patience * 1000))}ms"})
                moved = session.execute(move, {"server": self.server, **values})
                return cast("float | None", moved.scalar())
        except DBAPIError as error:
            if is_contention(error):
                return None
            raise


_LONGEST_LOCK_SECONDS = 1.0

_NO_LONGER = text("SELECT set_config('lock_timeout', :limit, true)")

_TAKE = text("""
    UPDATE turn
    SET free_from = greatest(free_from, clock_timestamp()) + make_interval(secs => :interval)
    WHERE server = :server
      AND free_from <= clock_timestamp() + make_interval(secs => :patience)
    RETURNING extract(epoch FROM free_from - clock_timestamp())::float8 - :interval
""")

_POSTPONE = text("""
    UPDATE turn
    SET free_from = greatest(free_from, clock_timestamp() + make_interval(secs => :seconds))
    WHERE server = :server
    RETURNING 0.0::float8
""")
