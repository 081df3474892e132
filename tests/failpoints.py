"""Kills a piece of work at every point where its effects become visible, without hooks in it.

A point lies before a step that leaves the process: an SQL statement or a commit (SQLAlchemy), a
`poll`, `append` or `ack` of the event transport, a socket's connect, send or receive (SMTP, and
HTTP to other services). The point before a step is the point after the one that came earlier, so
that every gap between two steps is visited once; the last point is the end of the work.

The work runs in a child forked from this warm process: once to learn its points, then once for
each of them, and there the child kills itself with SIGKILL.

    def work() -> None: ...              # opens its own connections; runs only in children

    points = record(work)                # ["sql SELECT …", "commit", "smtp send EHLO …", …, "end"]
    for number in range(len(points)):
        prepare()                        # the same state every time
        path = kill_at(number, work)     # the points it passed; the last is where it died
        recover()                        # what a new process would do
        check(path)

`names` tells ports apart in the list: `record(work, names={2525: "smtp"})`. Two runs of the same
work have the same points: digits in their names are blotted out, and an answer that arrives in
pieces is one `receive`.
"""

import itertools
import os
import re
import signal
import socket
import traceback
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

from shared.events.postgres_transport import PostgresTransport

LONGEST_RUN_SECONDS = 30
END = "end"
_LABEL_LENGTH = 60
_RECEIVE = "receive"
_TRANSPORT_STEPS = ("poll", "append", "ack")

Work = Callable[[], None]
Reached = Callable[[str], None]


class NotKilled(AssertionError):
    """The child ended in another way than by the SIGKILL that was due."""


def record(work: Work, names: Mapping[int, str] | None = None) -> list[str]:
    """Runs the work once, unharmed, in a child. Its points in their order."""
    points, status = _run_in_child(lambda pipe: _note_points(work, names or {}, pipe))
    if status != 0:
        raise NotKilled(f"the unharmed run ended with {status} after {points}")
    return points


def kill_at(number: int, work: Work, names: Mapping[int, str] | None = None) -> list[str]:
    """Runs the work in a child that dies at point `number`, or at its end if that comes first.

    The points it reached; it died at the last of them, before the step of that name.
    """
    path, status = _run_in_child(lambda pipe: _die_at(number, work, names or {}, pipe))
    if status != -signal.SIGKILL:
        raise NotKilled(f"point {number}: ended with {status} after {path}")
    return path


def _run_in_child(run: Callable[[int], None]) -> tuple[list[str], int]:
    """The points that the child wrote into its pipe, and how it ended."""
    reader, writer = os.pipe()
    child = _forked(lambda: run(writer))
    os.close(writer)
    with os.fdopen(reader) as pipe:
        points = pipe.read().splitlines()
    return points, _ended(child)


def _note_points(work: Work, names: Mapping[int, str], pipe: int) -> None:
    def reached(label: str) -> None:
        os.write(pipe, f"{label}\n".encode())

    _instrument(reached, names)
    work()
    reached(END)


def _die_at(number: int, work: Work, names: Mapping[int, str], pipe: int) -> None:
    numbers = itertools.count()

    def reached(label: str) -> None:
        os.write(pipe, f"{label}\n".encode())
        if next(numbers) == number or label == END:
            os.kill(os.getpid(), signal.SIGKILL)

    _instrument(reached, names)
    work()
    reached(END)


def _forked(run: Callable[[], None]) -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns of forks among threads: the others here serve, the child needs none.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _run_and_leave(run)
    return child


def _run_and_leave(run: Callable[[], None]) -> NoReturn:
    """Never returns into the parent's tests; a child that hangs is ended by its alarm."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LONGEST_RUN_SECONDS)
    try:
        run()
    except BaseException:  # noqa: BLE001  whatever it is, it must not go on in the child
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _ended(child: int) -> int:
    """The exit code, or the negative number of the signal that ended the child."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _instrument(reached_any: Reached, names: Mapping[int, str]) -> None:
    """For the rest of this process: it is a child and ends soon."""
    reached = _without_later_pieces(reached_any)

    def sql(_c: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        reached(f"sql {_short(statement)}")

    event.listen(Engine, "before_cursor_execute", sql)
    _announce(PGDialect_psycopg2, "do_commit", reached, lambda *_: "commit")
    for step in _TRANSPORT_STEPS:
        _announce(PostgresTransport, step, reached, lambda *_, step=step: f"transport {step}")
    _watch_sockets(reached, names)


def _without_later_pieces(reached: Reached) -> Reached:
    last = ""

    def once(label: str) -> None:
        nonlocal last
        if label != last or not label.endswith(_RECEIVE):
            reached(label)
        last = label

    return once


def _watch_sockets(reached: Reached, names: Mapping[int, str]) -> None:
    def named(address: Any) -> str:
        return names.get(address[1], "socket") if isinstance(address, tuple) else "socket"

    def connect(_: socket.socket, address: Any) -> str:
        return f"{named(address)} connect"

    def send(wire: socket.socket, data: bytes) -> str:
        return f"{named(wire.getpeername())} send {_short(data)}"

    def receive(wire: socket.socket, *_: Any) -> str:
        return f"{named(wire.getpeername())} {_RECEIVE}"

    _announce(socket.socket, "connect", reached, connect)
    _announce(socket.socket, "sendall", reached, send)
    _announce(socket.socket, "recv_into", reached, receive)


def _announce(owner: Any, step: str, reached: Reached, label: Callable[..., str]) -> None:
    original = getattr(owner, step)

    def announced(*args: Any, **kwargs: Any) -> Any:
        reached(label(*args))
        return original(*args, **kwargs)

    setattr(owner, step, announced)


def _short(words: str | bytes) -> str:
    text = words if isinstance(words, str) else bytes(words).decode("utf-8", "replace")
    line = " ".join(text.replace("\r\n", "⏎").split())
    return re.sub(r"\d+", "#", line)[:_LABEL_LENGTH]
