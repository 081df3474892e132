"""`make bench BENCH=stream`: what open pages cost, and how soon they hear.

The stream's own web process and the ordinary one, as they run everywhere, on one database; pages
are sockets that one thread reads. News come at a steady pace all the time.
"""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles

import requests
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from bench import machine
from bench.stream.pages import Pages
from matching_service.config import Config
from tests.conftest import Database
from tests.delivery.servers import own_database
from tests.issuer import Issuer
from tests.matching_service.conftest import NOBODY, environment_of
from tests.matching_service.integration.stream.program import StreamProgram, streaming
from tests.matching_service.integration.stream.telling import Teller
from tests.served import served

HOW_MANY_PAGES = (0, 40, 200)
PER_SECOND, SECONDS = 20, 10
_PAGES_OF_A_PERSON = 10


def main() -> None:
    issuer = Issuer()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as running:
            home = Path(folder)
            database = running.enter_context(own_database(home / "postgres", durable=True))
            admin = create_engine(database.admin_url, poolclass=NullPool)
            print(*machine.described(admin), sep="\n", end="\n\n", flush=True)
            environment = environment_of(_config(database, issuer))
            ordinary = running.enter_context(served("matching_service", environment))
            program = running.enter_context(streaming(environment, home / "stream.log"))
            _measure(database, issuer, ordinary, program)
    finally:
        issuer.close()


def _measure(database: Database, issuer: Issuer, ordinary: str, program: StreamProgram) -> None:
    url = database.url("matching_service")
    teller = Teller(database.engine(url), database.engine(url))
    print(
        "| open pages | ordinary service, ms: p50 | p99 | news to page, ms: p50 | p99 | max | MB |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for how_many in HOW_MANY_PAGES:
        bearers = [
            issuer.bearer(subject=f"staff{number // _PAGES_OF_A_PERSON}")
            for number in range(how_many)
        ]
        with Pages(program.url, bearers) as pages, _pace(teller) as told_at:
            answers = _waits(ordinary, issuer.bearer())
        heard = pages.delays(told_at)
        memory = program.resident_megabytes()
        print(
            f"| {how_many} | {_row(answers, (50, 99))} | {_row(heard, (50, 99, 100))} | {memory} |"
        )


@contextmanager
def _pace(teller: Teller) -> Iterator[dict[int, float]]:
    """Number → when its transaction had committed."""
    enough, told_at = threading.Event(), dict[int, float]()

    def tell() -> None:
        number = teller.head()
        while not enough.wait(1 / PER_SECOND):
            teller.tell()
            number += 1
            told_at[number] = time.monotonic()

    telling = threading.Thread(target=tell)
    telling.start()
    try:
        yield told_at
    finally:
        enough.set()
        telling.join()


def _waits(ordinary: str, bearer: dict[str, str]) -> list[float]:
    """Milliseconds of one request after the other."""
    waits: list[float] = []
    with requests.Session() as http:
        http.trust_env = False
        http.headers.update(bearer)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            begun = time.perf_counter()
            http.get(f"{ordinary}/api/v2/therapist-bundles", timeout=30).raise_for_status()
            waits.append(1000 * (time.perf_counter() - begun))
    return waits


def _row(milliseconds: list[float], shares: tuple[int, ...]) -> str:
    if not milliseconds:
        return " | ".join("" for _ in shares)
    cuts = [*quantiles(milliseconds, n=100), max(milliseconds)]
    return " | ".join(f"{cuts[share - 1]:.1f}" for share in shares)


def _config(database: Database, issuer: Issuer) -> Config:
    return Config(
        environment="test",
        database_url=database.url("matching_service"),
        patient_service_url=NOBODY,
        therapist_service_url=NOBODY,
        **issuer.settings,
    )


if __name__ == "__main__":
    main()
