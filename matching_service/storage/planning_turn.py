"""Waves are planned one after the other.

Two waves that look at the same state propose the same patients to the same therapists, and one
of them works for nothing. The turn only saves that work: what must never happen is refused by
constraints, whoever plans when.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from shared.db import Database

_LONGEST_WAIT_MS = 60_000
_TURN = 7_301  # any number, the same for everybody


@contextmanager
def planning_turn(database: Database) -> Iterator[None]:
    """Holds the turn until the end; when it does not come in time the database's lock time-out
    is raised, which the door answers with 503."""
    with database.engine.connect() as held:
        connection = held.execution_options(isolation_level="AUTOCOMMIT")
        for limit in ("lock_timeout", "statement_timeout"):
            connection.execute(
                text("SELECT set_config(:name, :ms, false)"),
                {"name": limit, "ms": str(_LONGEST_WAIT_MS)},
            )
        connection.execute(text("SELECT pg_advisory_lock(:turn)"), {"turn": _TURN})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:turn)"), {"turn": _TURN})
            connection.execute(text("RESET lock_timeout"))
            connection.execute(text("RESET statement_timeout"))
