"""A wave at the database: its turn, the transaction of each bundle, and what it has made so far.

Waves are planned one after the other. Two that look at the same state propose the same patients
to the same therapists, and one of them works for nothing. The turn only saves that work: what
must never happen is refused by constraints, whoever plans when.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from matching_service.storage.tables import Therapeutenanfrage
from shared.db import Contended, Database, is_outage

LONGEST_WAIT = timedelta(seconds=30)
_REMEMBERED = timedelta(days=30)  # as long as an Idempotency-Key
_TURN = 7_301  # any number, the same for everybody
_MADE: Any = (
    select(Therapeutenanfrage.therapist_id, Therapeutenanfrage.id)
    .where(
        Therapeutenanfrage.planner["wave"].astext == bindparam("wave"),
        Therapeutenanfrage.created_date > bindparam("since"),
    )
    .order_by(Therapeutenanfrage.id)
)


class Interrupted(Exception):
    """The database was busy or gone: nothing is wrong with the bundle, it may succeed later."""


@contextmanager
def planning_turn(database: Database, longest_wait: timedelta = LONGEST_WAIT) -> Iterator[None]:
    """Holds the turn until the end; when it does not come in time the database's lock time-out
    is raised, which the door answers with 503."""
    connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        # Never back to the pool: closing it gives the turn back and forgets the settings, even
        # where the connection has broken meanwhile.
        connection.detach()
        _take_turn(connection, longest_wait)
        yield
    finally:
        with suppress(DBAPIError):
            connection.close()


@contextmanager
def bundle_transaction(database: Database) -> Iterator[Session]:
    """One bundle's own transaction; a failure that may pass raises Interrupted, so that it costs
    this bundle and not the wave."""
    try:
        with database.transaction() as session:
            yield session
    except (Contended, PoolTimeout) as failure:
        raise Interrupted from failure
    except DBAPIError as failure:
        if not is_outage(failure):
            raise
        raise Interrupted from failure


def made_in_wave(session: Session, wave_id: UUID, now: datetime) -> dict[int, int]:
    """Therapist id → inquiry id of every bundle that the wave has committed, oldest first."""
    session.flush()
    values = {"wave": str(wave_id), "since": now - _REMEMBERED}
    return dict(session.connection().execute(_MADE, values).all())


def _take_turn(connection: Connection, longest_wait: timedelta) -> None:
    milliseconds = round(longest_wait.total_seconds() * 1000)
    # The statement time-out must not fire first: it would look like an error of ours.
    for name, value in (("statement_timeout", 0), ("lock_timeout", milliseconds)):
        connection.execute(
            text("SELECT set_config(:name, :value, false)"), {"name": name, "value": str(value)}
        )
    connection.execute(text("SELECT pg_advisory_lock(:turn)"), {"turn": _TURN})
