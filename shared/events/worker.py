"""A service's worker process: relay, consumer and jobs, each a loop of its own."""

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from shared import observability
from shared.config import ServiceConfig
from shared.db import Database
from shared.events.carriers import open_transport
from shared.events.consumer import Consumer
from shared.events.handlers import Handlers
from shared.events.loops import Loop
from shared.events.metrics import LAG, RELAYED
from shared.events.outbox import Relay
from shared.events.retention import forget_old_rows
from shared.events.transport import Transport, TransportLost
from shared.events.worker_server import served, worker_app
from shared.observability import tracing

_LONGEST_WAIT_SECONDS = 1.0
_LAG_EVERY_SECONDS = 5.0
_RELAY, _CONSUMER, _PARKED = "relay", "consumer", "parked"

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
    observability.start(f"{service}.worker", config)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    database = Database(config.database_url, pool_size=4)
    with ExitStack() as at_the_end:
        at_the_end.callback(database.dispose)
        loops = [
            *_delivery(service, config, handlers, database, wiring, stop, at_the_end),
            *(_job(job, database, wiring) for job in (*jobs, FORGET_OLD_ROWS)),
        ]
        app = worker_app(config, database, loops, carried_by=(_RELAY, _CONSUMER))
        with served(app, config.host, config.worker_port):
            _run_until(stop, loops)


def _delivery(
    service: str,
    config: ServiceConfig,
    handlers: Handlers,
    database: Database,
    wiring: Any,
    stop: threading.Event,
    at_the_end: ExitStack,
) -> Iterator[Loop]:
    """Out, in, and what got stuck on its way in. Each transport is its loop's alone."""
    outgoing = open_transport(service, config)
    relay = Relay(config.database_url, outgoing)
    at_the_end.callback(outgoing.close)
    at_the_end.callback(relay.close)
    yield Loop(_RELAY, lambda: _counted(relay.run_once(_LONGEST_WAIT_SECONDS)))
    if handlers.topics:
        incoming = open_transport(service, config, handlers.topics)
        at_the_end.callback(incoming.close)
        consumer = Consumer(database, incoming, handlers, wiring, stop.is_set)
        yield Loop(_CONSUMER, _with_lag(incoming, consumer))
        yield Loop(_PARKED, consumer.retry_parked, 5.0)


def _with_lag(incoming: Transport, consumer: Consumer) -> Callable[[], int]:
    """The transport is the loop's own, so the lag is looked up here, and seldom."""
    due = time.monotonic()

    def run() -> int:
        nonlocal due
        if time.monotonic() >= due:
            _measure_lag(incoming)
            due = time.monotonic() + _LAG_EVERY_SECONDS
        return consumer.run_once(_LONGEST_WAIT_SECONDS)

    return run


def _measure_lag(incoming: Transport) -> None:
    """Reading may go on when this fails: a Kafka that has just started does not know the group."""
    try:
        LAG.set(incoming.lag())
    except TransportLost as lost:
        LAG.set(math.nan)
        log.warning("lag_not_measured", error=str(lost))


def _counted(moved: int) -> int:
    RELAYED.inc(moved)
    return moved


def _job(job: Job, database: Database, wiring: Any) -> Loop:
    def run() -> int:
        with tracing.span(f"job {job.name}"):
            return job.run(database, wiring, datetime.now(UTC))

    return Loop(job.name, run, job.every_seconds)


def _run_until(stop: threading.Event, loops: Sequence[Loop]) -> None:
    threads = [loop.start(stop) for loop in loops]
    log.info("worker_started", loops=[loop.name for loop in loops])
    for thread in threads:
        thread.join()
    log.info("worker_stopped")
