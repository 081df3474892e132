"""`make races`: as many requests as are asked for, over four web processes and 64 connections."""

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import Database
from tests.delivery.servers import own_database
from tests.issuer import Issuer
from tests.races.meeting import Terms, meet
from tests.races.tally import Tally


def main() -> int:
    wanted = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    print(f"{wanted.requests} requests, seed {wanted.seed}", flush=True)
    started, issuer = time.monotonic(), Issuer()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {what}", flush=True)

    with (
        tempfile.TemporaryDirectory(prefix="races-") as folder,
        # Nobody kills PostgreSQL here: waiting for the disk would only take time.
        own_database(Path(folder) / "postgres", durable=False) as database,
    ):
        _tell_who_waits(database)
        record = meet(database, issuer, Terms(wanted.requests, wanted.seed), tell)
        _keep_log(database, wanted.log)
    issuer.close()
    tally = Tally(record, wanted.requests)
    print(*tally.lines(), sep="\n")
    broken = tally.broken_claims()
    print(*(f"BROKEN {claim}" for claim in broken), sep="\n")
    return 1 if broken else 0


def _tell_who_waits(database: Database) -> None:
    engine = database.engine(database.admin_url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER SYSTEM SET log_lock_waits = on")
        connection.exec_driver_sql("SELECT pg_reload_conf()")


def _keep_log(database: Database, to: Path) -> None:
    """PostgreSQL's own words on deadlocks and waits of more than a second: who waited for whom,
    with which statement."""
    with database.engine(database.admin_url).connect() as connection:
        cluster = connection.exec_driver_sql("SHOW data_directory").scalar_one()
    to.parent.mkdir(exist_ok=True)
    shutil.copy(Path(cluster).parent / "postgres.log", to)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.races")
    parser.add_argument("--requests", type=int, default=120_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--log", type=Path, default=Path("build/races.log"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
