"""Waiting until every program of the stack answers, or knowing which one cannot."""

import time
from collections.abc import Callable, Iterable
from smtplib import SMTP
from urllib.parse import urlsplit

import requests

from devstack.programs import Program, log_of
from devstack.stack import Stack
from devstack.supervision import DEAD, RUNNING, ProgramState, Supervision

_ASKED_EVERY_SECONDS = 0.1
_LINES_OF_LOG = 15


class NotReady(RuntimeError):
    """The message names the programs and shows the end of their logs."""


def wait_until_ready(
    stack: Stack,
    supervision: Supervision,
    programs: Iterable[Program],
    report: Callable[[list[str]], None],
    seconds: float = 120.0,
) -> None:
    """`report` gets the names of those still waited for, whenever they change."""
    waiting = {program.name: program for program in programs}
    deadline = time.monotonic() + seconds
    report(sorted(waiting))
    while waiting:
        states = supervision.states()
        _refuse_dead(stack, states, waiting)
        ready = [name for name, program in waiting.items() if _is_ready(program, states[name])]
        for name in ready:
            del waiting[name]
        if ready:
            report(sorted(waiting))
        elif time.monotonic() > deadline:
            raise NotReady(_describe(stack, "does not answer", list(waiting)))
        else:
            time.sleep(_ASKED_EVERY_SECONDS)


def unready(supervision: Supervision, programs: Iterable[Program]) -> list[str]:
    states = supervision.states()
    return [program.name for program in programs if not _is_ready(program, states[program.name])]


def _is_ready(program: Program, state: ProgramState) -> bool:
    if state.state != RUNNING:
        return False
    return program.ready_url is None or _answers(program.ready_url)


def _answers(url: str) -> bool:
    return _greets(url) if url.startswith("smtp:") else _says_ok(url)


def _says_ok(url: str) -> bool:
    with requests.Session() as session:
        session.trust_env = False  # a proxy knows nothing about this machine
        try:
            return session.get(url, timeout=2).status_code == 200
        except requests.RequestException:
            return False


def _greets(url: str) -> bool:
    address = urlsplit(url)
    try:
        with SMTP(str(address.hostname), address.port or 0, timeout=2):
            return True
    except OSError:  # SMTPException is one, too
        return False


def _refuse_dead(stack: Stack, states: dict[str, ProgramState], waiting: Iterable[str]) -> None:
    dead = [name for name in waiting if states[name].state in DEAD]
    if dead:
        raise NotReady(_describe(stack, "died", dead))


def _describe(stack: Stack, what: str, names: list[str]) -> str:
    return "\n\n".join(f"{name} {what}. The end of its log:\n{_end(stack, name)}" for name in names)


def _end(stack: Stack, name: str) -> str:
    log = log_of(stack, name)
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"    {line}" for line in lines[-_LINES_OF_LOG:]) or f"    ({log} is empty)"
