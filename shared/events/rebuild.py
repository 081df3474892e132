"""Copies of other services' state are built anew while the service goes on working.

A second reader takes all kept events through the projections, never through reactions. Copies
older than the log are the service's own matter: `restore` asks their owners.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeAlias

from sqlalchemy import text

from shared.config import ServiceConfig
from shared.db import Database
from shared.events.carriers import open_transport
from shared.events.consumer import Consumer
from shared.events.handlers import Handlers
from shared.events.transport import Transport

Tell: TypeAlias = Callable[[str], None]
Restore: TypeAlias = Callable[[Database, Any, Tell], None]

_READER = "rebuild"
_LONGEST_WAIT_SECONDS = 1.0
_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended('rebuild:' || current_schema(), 0))")


class RebuildRuns(Exception):
    """Another process is rebuilding the copies of this service."""


def rebuild(
    service: str,
    config: ServiceConfig,
    handlers: Handlers,
    wiring: Any,
    restore: Restore | None,
    tell: Tell,
) -> None:
    """May be broken off and begun again at any time. Raises RebuildRuns."""
    with _opened(config.database_url) as database, _alone(database):
        projections = Handlers(projections=handlers.projections)
        if projections.topics:
            with closing(open_transport(service, config, projections.topics, _READER)) as events:
                events.rewind(projections.topics)
                _replay(events, Consumer(database, events, projections, wiring), tell)
        if restore is not None:
            restore(database, wiring, tell)
        tell("Copies are rebuilt.")


def _replay(events: Transport, projecting: Consumer, tell: Tell) -> None:
    """Up to what was there at the start: what comes later is the running worker's."""
    kept, done = events.lag(), 0
    while done < kept:
        read = projecting.run_once(_LONGEST_WAIT_SECONDS)
        done += read
        tell(f"Replayed {done} of {kept} events.")
        if not read and not events.lag():
            return  # some were forgotten meanwhile


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url, pool_size=2)
    yield database
    database.dispose()


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """By a session's lock, which ends with the process, however it ends."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(_LOCK):
            raise RebuildRuns("Another rebuild of this service is running.")
        yield
        connection.invalidate()
