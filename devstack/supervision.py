"""The stack's supervisor: supervisord in a session of its own, asked over its unix socket."""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from devstack import processes
from devstack.environment import common_environment
from devstack.programs import FOUNDATION, Program, write_configuration
from devstack.stack import CHECKOUT, Stack

RUNNING = "RUNNING"
DEAD = frozenset({"FATAL", "EXITED", "UNKNOWN"})
ENDED = DEAD | {"STOPPED"}

_LONGEST_SOCKET_PATH = 90  # the kernel allows 104 to 108 bytes; supervisord appends its pid
_ANSWERS_WITHIN_SECONDS = 15.0
_SHUTDOWN_WITHIN_SECONDS = 60.0


class SupervisionError(RuntimeError):
    """supervisord did not do what it was asked."""


@dataclass(frozen=True)
class ProgramState:
    name: str
    state: str
    pid: int
    running_since: int  # seconds since 1970, 0 when it never ran
    remark: str


class Supervision:
    """Starts, asks and ends the supervisor of one stack; knows it by process id and start time."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._record = stack.folder / "supervisor.json"
        self._socket = _socket_of(stack)
        self._process: subprocess.Popen[bytes] | None = None

    def is_alive(self) -> bool:
        record = self._recorded()
        return record is not None and processes.started_at(record["pid"]) == record["started_at"]

    def start(self, programs: list[Program]) -> None:
        """Starts the supervisor, none of its programs."""
        configuration = write_configuration(self._stack, programs, self._socket)
        with (self._stack.logs / "supervisord.out").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
                cwd=CHECKOUT,
                env=common_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._remember(self._process.pid)
        self._wait_until_it_answers(self._process)

    def states(self) -> dict[str, ProgramState]:
        with self._asking() as supervisor:
            infos = supervisor.getAllProcessInfo()
        return {
            info["name"]: ProgramState(
                info["name"], info["statename"], info["pid"], info["start"], info["description"]
            )
            for info in infos
        }

    def start_program(self, name: str) -> None:
        """Returns at once; a program that runs already stays as it is."""
        try:
            with self._asking() as supervisor:
                supervisor.startProcess(name, False)
        except Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise SupervisionError(f"{name}: {fault.faultString}") from None

    def end(self) -> None:
        """Ends the supervisor and everything it started, in order; also after its own death."""
        record = self._recorded()
        if record is None:
            return
        if self.is_alive():
            self._shut_down(record["pid"])
        if self._session_is_ours(record):
            processes.end_session(record["pid"])
        if self._process is not None:
            self._process.wait()
        self._record.unlink()
        self._socket.unlink(missing_ok=True)

    def remaining(self) -> list[int]:
        """Processes that the stack started and that still live."""
        record = self._recorded()
        if record is None or not self._session_is_ours(record):
            return []
        return processes.members_of(record["pid"])

    def _shut_down(self, pid: int) -> None:
        try:
            everybody = set(self.states())
            self._stop(everybody - FOUNDATION)
            self._stop(everybody)
            with self._asking() as supervisor:
                supervisor.shutdown()
        except (OSError, Fault):
            return  # it does not answer: its session is ended instead
        _wait_until(lambda: processes.started_at(pid) is None)

    def _stop(self, names: set[str]) -> None:
        """All at once: supervisord by itself takes a second for each, one after the other."""
        with self._asking() as supervisor:
            for name in names:
                with suppress(Fault):  # it does not run
                    supervisor.stopProcess(name, False)
        _wait_until(lambda: all(self.states()[name].state in ENDED for name in names))

    def _session_is_ours(self, record: dict[str, Any]) -> bool:
        leader_since = processes.started_at(record["pid"])
        same_boot = record["boot"] == processes.boot()
        return same_boot and leader_since in (None, record["started_at"])

    def _remember(self, pid: int) -> None:
        record = {"pid": pid, "started_at": processes.started_at(pid), "boot": processes.boot()}
        self._record.write_text(json.dumps(record))

    def _recorded(self) -> dict[str, Any] | None:
        try:
            record: dict[str, Any] = json.loads(self._record.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return record

    def _wait_until_it_answers(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _ANSWERS_WITHIN_SECONDS
        while True:
            try:
                self.states()
            except (OSError, Fault):
                if process.poll() is not None or time.monotonic() > deadline:
                    output = (self._stack.logs / "supervisord.out").read_text()[-2000:]
                    raise SupervisionError(f"supervisord did not start:\n{output}") from None
                time.sleep(0.02)
            else:
                return

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        try:
            yield ServerProxy("http://127.0.0.1", transport=transport).supervisor
        finally:
            transport.close()


def _wait_until(done: Callable[[], bool]) -> None:
    """Gives up silently: what is left then is ended with the session."""
    deadline = time.monotonic() + _SHUTDOWN_WITHIN_SECONDS
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)


def _socket_of(stack: Stack) -> Path:
    wanted = stack.folder / "supervisor.sock"
    if len(str(wanted)) <= _LONGEST_SOCKET_PATH:
        return wanted
    name = hashlib.sha256(str(stack.folder).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"psychotherapy-matching-{name}.sock"
