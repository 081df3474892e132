"""A service's worker process: relay, consumer and jobs, each a loop of its own."""

import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from shared import observability
from shared.config import ServiceConfig
from shared.db import Database
from shared.events.consumer import Consumer
from shared.events.handlers import Handlers
from shared.events.outbox import Relay
from shared.events.postgres_transport import PostgresTransport
from shared.events.retention import forget_old_rows

_LONGEST_WAIT_SECONDS = 1.0
_FIRST_BACK_OFF_SECONDS, _LONGEST_BACK_OFF_SECONDS = 0.5, 10.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Job:
    """Work that is due by time: `run(database, wiring, now)` returns how much it did.

    It asks the database what is due, claims by conditional UPDATE, and is safe to run twice.
    It runs again at once while it finds work, else after `every_seconds`.
    """

    name: str
    every_seconds: float
    run: Callable[[Database, Any, datetime], int]


FORGET_OLD_ROWS = Job("forget_old_rows", every_seconds=3600.0, run=forget_old_rows)


def run_worker(
    service: str,
    config: ServiceConfig,
    handlers: Handlers,
    jobs: Sequence[Job],
    wiring: Any,
) -> None:
    """Runs until SIGTERM or SIGINT; every loop ends after the round it is in.

    Whatever the service, its old plumbing rows are forgotten as well.
    """
    observability.configure_logging(f"{service}.worker", config.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    database = Database(config.database_url, pool_size=4)
    outgoing = PostgresTransport(config.database_url)
    incoming = PostgresTransport(config.database_url, handlers.topics)
    relay = Relay(config.database_url, outgoing)
    consumer = Consumer(database, incoming, handlers, wiring)
    threads = [
        _loop("relay", stop, lambda: relay.run_once(_LONGEST_WAIT_SECONDS), 0.0),
        _loop("parked", stop, consumer.retry_parked, 5.0),
        *(
            _loop(j.name, stop, _rounds_of(j, database, wiring), j.every_seconds)
            for j in (*jobs, FORGET_OLD_ROWS)
        ),
    ]
    if handlers.topics:
        threads.append(
            _loop("consumer", stop, lambda: consumer.run_once(_LONGEST_WAIT_SECONDS), 0.0)
        )
    log.info("worker_started", loops=[t.name for t in threads])
    for thread in threads:
        thread.join()


def _rounds_of(job: Job, database: Database, wiring: Any) -> Callable[[], int]:
    return lambda: job.run(database, wiring, datetime.now(UTC))


def _loop(
    name: str, stop: threading.Event, run: Callable[[], int], pause_seconds: float
) -> threading.Thread:
    def rounds() -> None:
        back_off = _FIRST_BACK_OFF_SECONDS
        while not stop.is_set():
            try:
                did = run()
                back_off = _FIRST_BACK_OFF_SECONDS
                # A loop without a pause waits inside `run`; a leaderless relay does not.
                stop.wait(0.0 if did else max(pause_seconds, 0.01))
            except Exception as error:
                log.warning("round_failed", loop=name, exc_info=error)
                stop.wait(back_off)
                back_off = min(back_off * 2, _LONGEST_BACK_OFF_SECONDS)

    thread = threading.Thread(target=rounds, name=name, daemon=False)
    thread.start()
    return thread
