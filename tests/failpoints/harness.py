"""Kills a piece of work at every point where its effects become visible, without hooks in it.

A point lies before a step that leaves the process. The point before a step is the point after the
one that came earlier, so that every gap between two steps is visited once; the last point is the
end of the work. Which steps count is said by watches (tests/failpoints/watches.py).

The work runs in a child forked from this warm process: once to learn its points, then once for
each of them, and there the child kills itself with SIGKILL.

    def work() -> None: ...              # opens its own connections; runs only in children

    failpoints = Failpoints(work, [watch_engines, watch_sockets({2525: "smtp"})])
    points = failpoints.record()         # ["sql SELECT …", "commit", "smtp send EHLO …", …, "end"]
    for number in range(len(points)):
        prepare()                        # the same state every time
        path = failpoints.kill_at(number)  # the points it passed; the last is where it died
        recover()                        # what a new process would do
        check(path)

Two runs of the same work have the same points, if the work does its steps one after the other:
of threads that run side by side only one may be watched.
"""

import itertools
import os
import pickle
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar, cast

END = "end"
LONGEST_RUN_SECONDS = 30

Answer = TypeVar("Answer")
Work = Callable[[], None]
Reached = Callable[[str], None]
Watch = Callable[[Reached], None]
"""Arranges, for the rest of this process, that the points before its steps are reached by name."""


class NotKilled(AssertionError):
    """The child ended in another way than by the SIGKILL that was due."""


@dataclass(frozen=True)
class Failpoints:
    """The points of one piece of work, as some watches see it."""

    work: Work
    watches: Sequence[Watch]

    def record(self) -> list[str]:
        """Runs the work once, unharmed, in a child. Its points in their order."""
        points, status = self._run_in_child(lambda _: False)
        if status != 0:
            raise NotKilled(f"the unharmed run ended with {status} after {points}")
        return points

    def kill_at(self, number: int) -> list[str]:
        """Runs the work in a child that dies at point `number`, or at its end if that comes first.

        The points it reached; it died at the last of them, before the step of that name.
        """
        numbers = itertools.count()
        path, status = self._run_in_child(lambda point: next(numbers) == number or point == END)
        if status != -signal.SIGKILL:
            raise NotKilled(f"point {number}: ended with {status} after {path}")
        return path

    def _run_in_child(self, dies_at: Callable[[str], bool]) -> tuple[list[str], int]:
        """The points that the child wrote into its pipe, and how it ended."""
        reader, writer = os.pipe()
        child = forked(lambda: self._run(writer, dies_at))
        os.close(writer)
        with os.fdopen(reader) as pipe:
            points = pipe.read().splitlines()
        return points, ended(child)

    def _run(self, pipe: int, dies_at: Callable[[str], bool]) -> None:
        def reached(point: str) -> None:
            os.write(pipe, f"{point}\n".encode())
            if dies_at(point):
                os.kill(os.getpid(), signal.SIGKILL)

        signal.alarm(LONGEST_RUN_SECONDS)
        for watch in self.watches:
            watch(reached)
        self.work()
        reached(END)


def run_in_child(work: Work) -> None:
    """For work that leaves threads behind, which this process must not have before it forks."""
    if status := ended(forked(work)):
        raise ChildFailed(f"ended with {status}")


def answer_of_child(work: Callable[[], Answer]) -> Answer:
    """The same for work that finds something out."""
    reader, writer = os.pipe()

    def answer() -> None:
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(work(), pipe)

    child = forked(answer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    if status := ended(child):
        raise ChildFailed(f"ended with {status}")
    return cast("Answer", pickle.loads(said))


class ChildFailed(AssertionError):
    """What went wrong stands in the child's own output."""


def forked(run: Work) -> int:
    """The id of a child that runs this and nothing after it."""
    with warnings.catch_warnings():
        # Python 3.12 warns of forks among threads: the others here serve, the child needs none.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _run_and_leave(run)
    return child


def ended(child: int) -> int:
    """Waits. The exit code, or the negative number of the signal that ended the child."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _run_and_leave(run: Work) -> NoReturn:
    """Never returns into the parent's tests; a child that hangs ends by the alarm it has set."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # Coverage of a child is lost with it, and costs more than all the rest.
    sys.settrace(None)
    threading.settrace(None)
    try:
        run()
    except BaseException:  # noqa: BLE001  whatever it is, it must not go on in the child
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
