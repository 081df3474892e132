"""Copies of other services' state are built anew while the service goes on working.

A second reader takes all kept events through the projections, never through reactions. What is
parked is the worker's: the reader neither parks nor waits behind it, because projections bear any
order. Copies older than the log are the service's own matter: `restore` asks their owners.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias

import structlog
from sqlalchemy import text

from shared.config import ServiceConfig
from shared.db import Database
from shared.events.carriers import open_transport
from shared.events.consumer import BATCH, TOGETHER, in_halves
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from shared.events.parked import given_up
from shared.events.transport import Transport

Tell: TypeAlias = Callable[[str], None]
Restore: TypeAlias = Callable[[Database, Any, Tell], None]

_READER = "rebuild"
_LONGEST_WAIT_SECONDS = 1.0
_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended('rebuild:' || current_schema(), 0))")

log = structlog.get_logger()


class RebuildRuns(Exception):
    """Another process is rebuilding the copies of this service."""


class RebuildIncomplete(Exception):
    """Some events could not be replayed; what they tell may be missing."""


def rebuild(
    service: str,
    config: ServiceConfig,
    handlers: Handlers,
    wiring: Any,
    restore: Restore | None,
    tell: Tell,
) -> None:
    """May be broken off and begun again at any time. Raises RebuildRuns, RebuildIncomplete."""
    with _opened(config.database_url) as database, _alone(database):
        replay = Replay(database, Handlers(projections=handlers.projections), wiring)
        topics = replay.topics
        if topics:
            with closing(open_transport(service, config, topics, _READER)) as events:
                events.rewind(topics)
                replay.run(events, tell)
        if restore is not None:
            restore(database, wiring, tell)
        if replay.failed:
            raise RebuildIncomplete(f"{replay.failed} events not replayed; the log names them.")
        tell("Copies are rebuilt.")


class Replay:
    """Projects every kept event; `failed` counts those that cannot be, apart from given up ones."""

    def __init__(self, database: Database, projections: Handlers, wiring: Any) -> None:
        self.failed = 0
        self._database = database
        self._projections = projections
        self._wiring = wiring

    @property
    def topics(self) -> list[str]:
        return self._projections.topics

    def run(self, events: Transport, tell: Tell) -> None:
        """Until nothing is left for a moment. To count would not do while events are added:
        many of one place are no sign that another place has been read to its end."""
        done = 0
        while left := events.lag():
            batch = events.poll(BATCH, _LONGEST_WAIT_SECONDS)
            for start in range(0, len(batch), TOGETHER):
                in_halves(batch[start : start + TOGETHER], self._project, self._note_failure)
            events.ack()
            done += len(batch)
            tell(f"Replayed {done} events, {max(0, left - len(batch))} are left.")

    def _project(self, events: Sequence[Event]) -> None:
        with self._database.transaction() as session:
            self._projections.project(session, events, self._wiring, datetime.now(UTC))

    def _note_failure(self, event: Event, error: Exception) -> None:
        with self._database.transaction() as session:
            if not given_up(session, [event]):
                self.failed += 1
                log.error(
                    "event_not_replayed", event_id=str(event.id), type=event.type, exc_info=error
                )


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(url, pool_size=2)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """By a session's lock, which ends with the process, however it ends."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(_LOCK):
            raise RebuildRuns("Another rebuild of this service is running.")
        try:
            yield
        finally:
            connection.invalidate()
