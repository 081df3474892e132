"""The real thing under the races: matching's web processes and its worker, neighbours played."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tests.communication_service.loopback import serving
from tests.conftest import Database
from tests.issuer import Issuer
from tests.races.register import Register
from tests.served import ROOT, served

SERVICE = "matching_service"
WORKERS = 4
RECALL_SECONDS = 4


@dataclass(frozen=True)
class Stage:
    url: str
    database: Database
    register: Register
    tokens: dict[str, str]


@contextmanager
def set_up(database: Database, issuer: Issuer) -> Iterator[Stage]:
    register = Register()
    tokens = {"staff": issuer.token("staff"), "service": issuer.token("service")}
    with serving(register) as neighbours:
        environment = _environment(database, issuer, neighbours)
        with (
            served(SERVICE, environment, workers=WORKERS) as url,
            _working({**environment, "LOG_LEVEL": "ERROR"}),
        ):
            yield Stage(url, database, register, tokens)


def _environment(database: Database, issuer: Issuer, neighbours: str) -> dict[str, str]:
    return {
        "ENVIRONMENT": "test",
        "DATABASE_URL": database.url(SERVICE),
        **{name.upper(): str(value) for name, value in issuer.settings.items()},
        "PATIENT_SERVICE_URL": neighbours,
        "THERAPIST_SERVICE_URL": neighbours,
        "RECALL_SECONDS": str(RECALL_SECONDS),
        "WORKER_PORT": "0",
    }


@contextmanager
def _working(environment: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", f"{SERVICE}.worker"], cwd=ROOT, env={**os.environ, **environment}
    )
    try:
        yield
        assert process.poll() is None, "the worker left by itself"
    finally:
        process.terminate()
        process.wait(timeout=30)
