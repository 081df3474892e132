"""A worker of the matching service with a handler of our own: the real process, run by tests.

Its effects wait for the advisory lock EFFECTS, so that a test can hold a batch open; a row in
`outage` makes its neighbour silent.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import text
from sqlalchemy.orm import Session
from urllib3.util import Retry

from shared.config import ServiceConfig, read
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from shared.events.worker import run_worker
from shared.http.service_client import ServiceUnavailable
from tests.served import ROOT

EFFECTS = 1
HANDLERS = Handlers()


@HANDLERS.reaction("patient.updated")
def note(session: Session, event: Event, _wiring: None, _now: datetime) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": EFFECTS})
    if session.scalar(text("SELECT count(*) FROM outage")):
        raise ServiceUnavailable
    noting = text("INSERT INTO effect (key, version) VALUES (:key, :version)")
    session.execute(noting, {"key": event.key, "version": event.data["version"]})


class WorkerProcess:
    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self._process = process
        self._url = f"http://127.0.0.1:{port}"
        self._http = requests.Session()
        self._http.trust_env = False
        patient = Retry(total=None, connect=200, backoff_factor=0.05, backoff_max=0.2)
        self._http.mount(self._url, HTTPAdapter(max_retries=patient))

    def ask(self, path: str) -> requests.Response:
        return self._http.get(f"{self._url}{path}", timeout=10)

    def metric(self, name: str, **default: float) -> float:
        """`absent` is what a metric counts for that nobody has touched yet."""
        lines = self.ask("/metrics").text.splitlines()
        found = [float(line.split()[-1]) for line in lines if line.startswith(f"{name} ")]
        return found[0] if found else default["absent"]

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def exit_code(self, seconds: float) -> int:
        return self._process.wait(timeout=seconds)


@contextmanager
def working(environment: Mapping[str, str]) -> Iterator[WorkerProcess]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, f"test-{secrets.token_hex(4)}"],
        cwd=ROOT,
        env={**os.environ, **environment, "WORKER_PORT": str(port)},
    )
    try:
        yield WorkerProcess(process, port)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    # By its name it gets a Kafka group of its own.
    run_worker(sys.argv[1], read(ServiceConfig), HANDLERS, (), None)
