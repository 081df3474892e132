"""The supervisor: programs come back after a crash, and nothing stays behind."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devstack import processes
from devstack.programs import Program
from devstack.readiness import NotReady, unready, wait_until_ready
from devstack.stack import Stack, open_stack
from devstack.supervision import Supervision

SLEEPER = Program("sleeper", ["sleep", "600"])
STUBBORN = Program(
    "stubborn",
    [
        sys.executable,
        "-c",
        "import subprocess; subprocess.Popen(['sleep', '600']); subprocess.run(['sleep', '600'])",
    ],
)
BROKEN = Program("broken", ["sh", "-c", "echo 'DATABASE_URL fehlt'; exit 3"])


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return open_stack("b", tmp_path)


@pytest.fixture
def supervision(stack: Stack) -> Iterator[Supervision]:
    supervision = Supervision(stack)
    yield supervision
    supervision.end()


def start(stack: Stack, supervision: Supervision, *programs: Program) -> None:
    supervision.start(list(programs))
    for program in programs:
        supervision.start_program(program.name)
    wait_until_ready(stack, supervision, programs, lambda _: None)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        os.sched_yield()


def test_a_stack_that_was_never_started_is_not_alive(supervision: Supervision) -> None:
    assert not supervision.is_alive()
    assert supervision.remaining() == []


def test_starting_a_running_program_changes_nothing(stack: Stack, supervision: Supervision) -> None:
    start(stack, supervision, SLEEPER)
    pid = supervision.states()["sleeper"].pid
    supervision.start_program("sleeper")
    assert supervision.states()["sleeper"].pid == pid
    assert unready(supervision, [SLEEPER]) == []


def test_a_program_that_crashes_is_started_again(stack: Stack, supervision: Supervision) -> None:
    start(stack, supervision, SLEEPER)
    pid = supervision.states()["sleeper"].pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: supervision.states()["sleeper"].pid not in (0, pid))
    wait_until_ready(stack, supervision, [SLEEPER], lambda _: None)


def test_a_program_that_cannot_start_shows_the_end_of_its_log(
    stack: Stack, supervision: Supervision
) -> None:
    with pytest.raises(NotReady, match=r"(?s)broken died.*DATABASE_URL fehlt"):
        start(stack, supervision, BROKEN)


def test_progress_names_what_is_waited_for(stack: Stack, supervision: Supervision) -> None:
    told: list[list[str]] = []
    supervision.start([SLEEPER])
    supervision.start_program("sleeper")
    wait_until_ready(stack, supervision, [SLEEPER], told.append)
    assert told == [["sleeper"], []]


def test_the_end_leaves_no_process(stack: Stack, supervision: Supervision) -> None:
    start(stack, supervision, SLEEPER, STUBBORN)
    started = supervision.remaining()
    supervision.end()
    assert len(started) == 5
    assert [pid for pid in started if processes.started_at(pid)] == []


def test_the_end_leaves_no_process_although_the_supervisor_was_killed(
    stack: Stack, supervision: Supervision
) -> None:
    start(stack, supervision, SLEEPER, STUBBORN)
    started = supervision.remaining()
    os.kill(min(started), signal.SIGKILL)
    until(lambda: not supervision.is_alive())
    assert supervision.remaining() != []
    supervision.end()
    assert [pid for pid in started if processes.started_at(pid)] == []


def test_a_process_that_took_over_the_number_is_left_alone(
    stack: Stack, supervision: Supervision, tmp_path: Path
) -> None:
    record = tmp_path / "b" / "supervisor.json"
    boot = processes.boot()
    record.write_text(f'{{"pid": {os.getpid()}, "started_at": "1", "boot": "{boot}"}}')
    assert not supervision.is_alive()
    assert supervision.remaining() == []
    supervision.end()


def test_the_configuration_with_its_secrets_is_readable_by_its_owner_alone(
    stack: Stack, supervision: Supervision
) -> None:
    supervision.start([SLEEPER])
    assert (stack.folder / "supervisord.conf").stat().st_mode & 0o077 == 0


def test_what_the_shell_has_set_does_not_reach_a_program(
    stack: Stack, supervision: Supervision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://neighbour")
    program = Program("printer", ["sh", "-c", "env; sleep 600"], {"GREETING": "100 % da"})
    start(stack, supervision, program)
    printed = (stack.logs / "printer.log").read_text()
    assert "GREETING=100 % da" in printed
    assert "neighbour" not in printed
