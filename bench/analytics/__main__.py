"""`make bench BENCH=analytics`: how long staff wait for the numbers of a year.

The real app, in this process and without a socket. Cold: the server was started anew, and what it
and the kernel knew of its files is forgotten.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from bench import machine
from bench.analytics.year import INQUIRIES, SEARCHES, write_a_year
from devstack.postgres import PostgresServer
from matching_service.app import create_app
from matching_service.config import Config
from matching_service.storage import analytics
from migrations.bootstrap import bootstrap
from migrations.histories import SERVICES
from migrations.upgrade import upgrade_all
from shared.db import Database
from tests.conftest import APP_PASSWORD
from tests.conftest import Database as TestDatabase
from tests.issuer import Issuer
from tests.kafka_broker import reserved_port

NOBODY = "http://127.0.0.1:9"
WARM_ROUNDS, COLD_ROUNDS = 40, 4
QUESTIONS = {
    "bundle-efficiency": (None, "month", "size", "channel"),
    "therapist-preferences": (None, "therapist", "diagnosis", "age", "gender", "group"),
    "placement-times": (None, "month", "insurance", "region"),
}
_PLAIN = {
    "bundle-efficiency": "SELECT count(*) FROM efficiency_by_day_now",
    "therapist-preferences": "SELECT count(*) FROM answers_by_day_now",
    "placement-times": "SELECT max(ended_on), sum(paused_days), max(region) FROM search_clock_now",
}


def main() -> None:
    issuer = Issuer()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            Path(folder).chmod(0o755)
            with _server(Path(folder) / "postgres") as server:
                _measure(server, issuer)
    finally:
        issuer.close()


@contextmanager
def _server(folder: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(folder, reserved_port())
    server.start()
    try:
        bootstrap(server.admin_url(), {one.schema: APP_PASSWORD for one in SERVICES})
        upgrade_all(server.admin_url())
        yield server
    finally:
        server.discard()


def _measure(server: PostgresServer, issuer: Issuer) -> None:
    database = TestDatabase(make_url(server.admin_url()))
    admin = create_engine(database.admin_url, poolclass=NullPool)
    print(*machine.described(admin), sep="\n", end="\n\n", flush=True)
    write_a_year(database)
    own = Database(database.url("matching_service"))
    _count(own)
    app = create_app(_config(database, issuer))
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer("staff")["Authorization"]
    print(f"\n| {INQUIRIES:,} inquiries, {SEARCHES:,} searches, ms | warm p50 | p95 | max", end="")
    print(" | cold p50 | p95 | max |\n|---|---:|---:|---:|---:|---:|---:|")
    for resource, groupings in QUESTIONS.items():
        warm = [_ask(client, resource, by) for _ in range(WARM_ROUNDS) for by in groupings]
        cold = [
            _ask_cold(server, client, resource, by) for _ in range(COLD_ROUNDS) for by in groupings
        ]
        print(f"| {resource} | {_cuts(warm)} | {_cuts(cold)} |", flush=True)
    app.extensions["door"].database.dispose()
    own.dispose()
    database.dispose()
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


def _count(own: Database) -> None:
    """What the numbers cost when they are counted for every page, and kept."""
    for resource, statement in _PLAIN.items():
        with own.transaction() as session:
            session.execute(text("SET LOCAL statement_timeout = 0"))
            began = time.perf_counter()
            session.execute(text(statement))
            print(f"{resource} from the views: {time.perf_counter() - began:.2f} s", flush=True)
    for moment in (datetime.now(UTC), datetime.now(UTC) + timedelta(days=1)):
        began = time.perf_counter()
        with own.transaction() as session:
            assert analytics.refresh(session, moment)
        print(f"kept anew: {time.perf_counter() - began:.2f} s", flush=True)
    with own.engine.connect() as connection:
        autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
        autocommit.execute(text("ANALYZE efficiency_by_day, answers_by_day, search_clock"))


def _ask_cold(server: PostgresServer, client: FlaskClient, resource: str, by: str | None) -> float:
    """The first connection is made anew before the clock runs: a house has one that is open."""
    server.stop()
    _forget_files(server.folder)
    server.start()
    client.get("/readyz")
    return _ask(client, resource, by)


def _forget_files(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _ask(client: FlaskClient, resource: str, by: str | None) -> float:
    began = time.perf_counter()
    answer = client.get(f"/api/v2/analytics/{resource}", query_string={"by": by} if by else {})
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, answer.status_code
    assert answer.json
    assert answer.json["total"]
    return took


def _cuts(waits: Sequence[float]) -> str:
    cuts = quantiles(waits, n=20, method="inclusive")
    return f"{cuts[9]:.0f} | {cuts[18]:.0f} | {max(waits):.0f}"


def _config(database: TestDatabase, issuer: Issuer) -> Config:
    return Config(
        environment="test",
        log_level="ERROR",
        database_url=database.url("matching_service"),
        patient_service_url=NOBODY,
        therapist_service_url=NOBODY,
        **issuer.settings,
    )


if __name__ == "__main__":
    main()
