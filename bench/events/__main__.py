"""`make bench BENCH=events`: measures both carriers in one run and prints docs/benchmarks.md."""

import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bench import machine
from bench.events import delivery
from bench.events.workers import PROJECTING
from shared.config import KAFKA, POSTGRES
from shared.events.consumer import TOGETHER
from tests.delivery.broker import launched_broker, make_ready
from tests.delivery.parties import EFFECT, LISTENER, TELLER, Place
from tests.delivery.servers import own_database

PER_SECOND, SECONDS = 200, 20
EVENTS = 10_000
FEW = 2_000

Measure = Callable[[Place], str]


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as servers:
        database = servers.enter_context(own_database(Path(folder) / "postgres", durable=True))
        admin = create_engine(database.admin_url, poolclass=NullPool)
        print(*machine.described(admin), sep="\n", end="\n\n", flush=True)
        with admin.begin() as connection:
            connection.execute(text(EFFECT))
        broker = servers.enter_context(launched_broker(Path(folder) / "kafka"))
        make_ready(broker)
        urls = database.url(TELLER), database.url(LISTENER)
        _print_table(Place(*urls, POSTGRES), Place(*urls, KAFKA, broker.bootstrap_servers))


def _print_table(*places: Place) -> None:
    print(_line("", *(place.carrier for place in places)))
    print(_line("---", *("---:" for _ in places)))
    for name, measure in MEASURES.items():
        print(_line(name, *(measure(place) for place in places)), flush=True)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _latency(place: Place) -> str:
    found = delivery.latency(place, PER_SECOND, SECONDS)
    return f"{found.p50_ms:.0f} / {found.p95_ms:.0f} / {found.p99_ms:.0f} / {found.worst_ms:.0f} ms"


def _rate(measure: Callable[[Place], float]) -> Measure:
    return lambda place: f"{measure(place):,.0f}/s"


MEASURES: dict[str, Measure] = {
    f"commit to effect at {PER_SECOND}/s: p50 / p95 / p99 / worst": _latency,
    "outbox to effect, a statement per event": _rate(lambda p: delivery.whole_way(p, EVENTS)),
    "outbox to effect, a statement per batch": _rate(
        lambda p: delivery.whole_way(p, EVENTS, PROJECTING)
    ),
    "relay alone": _rate(lambda p: delivery.relay_alone(p, EVENTS)),
    f"consumer alone, {TOGETHER} events in a transaction, a statement per event": _rate(
        lambda p: delivery.consumer_alone(p, EVENTS)
    ),
    f"the same, {TOGETHER} events in a transaction, a statement per batch": _rate(
        lambda p: delivery.consumer_alone(p, EVENTS, PROJECTING)
    ),
    "the same, one event in a transaction": _rate(
        lambda p: delivery.consumer_alone(p, FEW, together=1)
    ),
}


if __name__ == "__main__":
    main()
