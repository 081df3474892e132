"""`make chaos`: an ordeal by itself, as large as is asked for."""

import argparse
import secrets
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from devstack.kafka import KafkaServer
from shared.config import KAFKA, POSTGRES
from tests.conftest import Database
from tests.delivery.broker import launched_broker, make_ready
from tests.delivery.ordeal import Ordeal, Outcome, Progress, Terms
from tests.delivery.parties import LISTENER, TELLER, Place, Ward, one_in
from tests.delivery.servers import own_database

SECONDS_PER_EVENT = 0.06
SECONDS_AT_LEAST = 120.0
_REPORT_EVERY_SECONDS = 5.0
_NAMED_AT_MOST = 20


def main() -> int:
    wanted = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    print(f"{wanted.events} events over {wanted.carrier}, seed {wanted.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, ExitStack() as servers:
        # Nobody kills PostgreSQL here: waiting for the disk would only take time.
        database = servers.enter_context(own_database(Path(folder) / "postgres", durable=False))
        broker = None
        if wanted.carrier == KAFKA:
            broker = servers.enter_context(launched_broker(Path(folder) / "kafka"))
            make_ready(broker)
        outcome = _ordeal(database, wanted, broker).run(_Reporter())
    return _verdict(outcome, wanted.events)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.delivery")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--carrier", choices=[POSTGRES, KAFKA], default=POSTGRES)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--log", type=Path, default=Path("build/chaos.log"))
    return parser.parse_args()


def _ordeal(database: Database, wanted: argparse.Namespace, broker: KafkaServer | None) -> Ordeal:
    place = Place(
        database.url(TELLER),
        database.url(LISTENER),
        wanted.carrier,
        broker.bootstrap_servers if broker else "",
    )
    terms = Terms(
        events=wanted.events,
        seed=wanted.seed,
        longest_seconds=SECONDS_AT_LEAST + wanted.events * SECONDS_PER_EVENT,
        ward=Ward(one_in(100)),
    )
    wanted.log.parent.mkdir(exist_ok=True)
    wanted.log.unlink(missing_ok=True)
    return Ordeal(place, database.admin_url, terms, wanted.log, broker)


class _Reporter:
    def __init__(self) -> None:
        self._due = 0.0

    def __call__(self, seconds: float, progress: Progress) -> None:
        if seconds >= self._due:
            self._due = seconds + _REPORT_EVERY_SECONDS
            print(f"{seconds:6.1f} s  {progress}", flush=True)


def _verdict(outcome: Outcome, events: int) -> int:
    print(outcome.figures())
    for violation in outcome.violations[:_NAMED_AT_MOST]:
        print(f"  {violation.what}: {violation.change}")
    kept = outcome.came_to_rest and outcome.told >= events and not outcome.violations
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
