"""The stream's web process on a port of its own, which can be ended, killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from tests.served import ROOT, wait_until_ready


class StreamProgram:
    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        command = ["gunicorn", "-c", "deploy/gunicorn_stream.py"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command, "matching_service.stream:create_app()"],
                cwd=ROOT,
                env={**os.environ, **self._environment, "PORT": str(self._port)},
                stderr=log,
                start_new_session=True,
            )
        wait_until_ready(self.url)

    def kill(self) -> None:
        """The whole of it at once, with nothing said to anybody."""
        assert self._process is not None
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=20)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, seconds: float) -> int:
        assert self._process is not None
        return self._process.wait(timeout=seconds)

    def log(self) -> str:
        return self._log.read_text()

    def metric(self, name: str) -> float:
        """`name` with its labels; what nobody has touched yet counts 0."""
        lines = requests.get(f"{self.url}/metrics", timeout=10).text.splitlines()
        found = [line.rpartition(" ")[2] for line in lines if line.startswith(f"{name} ")]
        return float(found[0]) if found else 0.0

    def wait_until(self, name: str, value: float, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while (found := self.metric(name)) != value:
            assert time.monotonic() < deadline, (name, found)
            time.sleep(0.05)

    def resident_megabytes(self) -> int:
        """Of the process that holds the streams."""
        assert self._process is not None
        [worker] = (
            Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        )
        status = Path(f"/proc/{worker}/status").read_text()
        [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
        return int(kilobytes) // 1024

    def ready_status(self) -> int:
        return requests.get(f"{self.url}/readyz", timeout=10).status_code


@contextmanager
def streaming(environment: Mapping[str, str], log: Path) -> Iterator[StreamProgram]:
    program = StreamProgram(environment, log)
    program.start()
    try:
        yield program
    finally:
        program.kill()
