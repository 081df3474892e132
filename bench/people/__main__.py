"""`make bench BENCH=people`: how long staff wait for patients.

The real app, in this process and without a socket: what is measured is our own work.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import quantiles

from cryptography.fernet import Fernet
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from bench import machine
from bench.people.bare import bare_app
from patient_service.app import create_app
from patient_service.config import Config
from tests.conftest import Database
from tests.delivery.servers import own_database
from tests.issuer import Issuer
from tests.patient_service.crowd import crowd

PEOPLE = 30_000
ROUNDS, WARM_UP = 100, 10
NOBODY = "http://127.0.0.1:9"
LIST = "/api/v2/patients"

Request = Callable[[], int]
"""Sends one request and returns its status."""


def main() -> None:
    issuer = Issuer()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            own_database(Path(folder) / "postgres", durable=True) as database,
        ):
            admin = create_engine(database.admin_url, poolclass=NullPool)
            print(*machine.described(admin), sep="\n", end="\n\n", flush=True)
            _measure(database, issuer)
    finally:
        issuer.close()


def _measure(database: Database, issuer: Issuer) -> None:
    app = create_app(_config(database, issuer))
    crowd(database.engine(database.owner_url("patient_service")), PEOPLE)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer("staff")["Authorization"]
    print(f"| {PEOPLE:,} patients, ms | p50 | p95 | p99 |\n|---|---:|---:|---:|")
    for name, request in _requests(client).items():
        waits = _waits(request)
        cuts = quantiles(waits, n=100)
        print(f"| {name} | {cuts[49]:.1f} | {cuts[94]:.1f} | {cuts[98]:.1f} |", flush=True)
    _compare(client, bare_app(database.url("patient_service")).test_client())
    app.extensions["door"].database.dispose()


def _config(database: Database, issuer: Issuer) -> Config:
    return Config(
        environment="test",
        log_level="ERROR",
        database_url=database.url("patient_service"),
        geocoding_service_url=NOBODY,
        matching_service_url=NOBODY,
        field_encryption_key=Fernet.generate_key().decode(),
        **issuer.settings,
    )


def _requests(client: FlaskClient) -> dict[str, Request]:
    rng = Random(7)  # noqa: S311 - sample data
    second = (client.get(LIST).json or {})["next"]

    def get(path: str, **query: str) -> Request:
        return lambda: client.get(path, query_string=query).status_code

    def batch() -> int:
        ids = rng.sample(range(1, PEOPLE + 1), 500)
        return client.post(f"{LIST}/batch-get", json={"ids": ids}).status_code

    def likely() -> int:
        return client.get(f"{LIST}/{rng.randint(1, PEOPLE)}/likely-duplicates").status_code

    return {
        "list, 50 of a page": get(LIST),
        "list, the second page": get(LIST, cursor=second),
        "list, a status": get(LIST, status="in Therapie"),
        "list, a region (`plz_prefix`)": get(LIST, plz_prefix="52"),
        "`after_id`, 50": get(LIST, after_id="15000"),
        "`q`: a surname": get(LIST, q="öztürkhoff"),
        "`q`: two names": get(LIST, q="jörg müller"),
        "`q`: two letters": get(LIST, q="me"),
        "`q`: a phone number": get(LIST, q="0221 4012345"),
        "`q`: nobody": get(LIST, q="niemand"),
        "batch-get, 500": batch,
        "one by id": lambda: client.get(f"{LIST}/{rng.randint(1, PEOPLE)}").status_code,
        "likely duplicates of one": likely,
    }


def _waits(request: Request) -> list[float]:
    """Milliseconds each."""
    waits = []
    for _ in range(WARM_UP + ROUNDS):
        began = time.perf_counter()
        status = request()
        waits.append((time.perf_counter() - began) * 1000)
        assert status == 200, status
    return waits[WARM_UP:]


def _compare(client: FlaskClient, bare: FlaskClient) -> None:
    """One by id, both in turn."""
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(3):
        for name, to, path in (("bare", bare, "/patients/17"), ("ours", client, f"{LIST}/17")):
            began = time.perf_counter()
            for _ in range(500):
                to.get(path)
            rates[name].append(500 / (time.perf_counter() - began))
    ours, plain = max(rates["ours"]), max(rates["bare"])
    print(
        f"\none by id: {ours:,.0f}/s, bare Flask and psycopg2 {plain:,.0f}/s, {plain / ours:.1f} x"
    )


if __name__ == "__main__":
    main()
