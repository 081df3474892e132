"""The pages that listen: how many may, which are gone, which do not keep up."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matching_service.domain.errors import TooManyStreams
from matching_service.feed import metrics

_LONGEST_WRITE_SECONDS = 10.0


class Listener:
    """One open page. It reads in its own thread; whoever hangs up does so from another one."""

    def __init__(self, subject: str, caller: socket.socket | None) -> None:
        self.subject = subject
        self.ended = threading.Event()
        self._caller = caller
        self._writing_since: float | None = None

    def write(self, chunk: bytes) -> Iterator[bytes]:
        """Gives the chunk to the web server and notes how long that takes."""
        self._writing_since = time.monotonic()
        yield chunk
        self._writing_since = None

    @property
    def does_not_keep_up(self) -> bool:
        since = self._writing_since
        return since is not None and time.monotonic() - since > _LONGEST_WRITE_SECONDS

    @property
    def is_gone(self) -> bool:
        """A page that was closed would else be noticed only when the next message fails."""
        if self._caller is None:
            return False
        try:
            return self._caller.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def end(self) -> None:
        """After the message it is at."""
        self.ended.set()

    def hang_up(self) -> None:
        """At once, also in the middle of a message that nobody takes."""
        self.ended.set()
        if self._caller is not None:
            try:
                self._caller.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


@dataclass(frozen=True)
class Limits:
    in_all: int
    per_user: int


class Listeners:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: set[Listener] = set()
        self._lock = threading.Lock()

    def admit(self, listener: Listener) -> None:
        """Raises TooManyStreams."""
        with self._lock:
            if len(self._open) >= self._limits.in_all:
                self._refuse("all")
            if self._of(listener.subject) >= self._limits.per_user:
                self._refuse("user")
            self._open.add(listener)
        metrics.OPEN.inc()

    def leave(self, listener: Listener) -> None:
        with self._lock:
            was_here = listener in self._open
            self._open.discard(listener)
        if was_here:
            metrics.OPEN.dec()

    def hang_up_on_the_lost(self) -> int:
        """Of how many; whoever of them waits is to be woken."""
        listening = [one for one in self._all() if not one.ended.is_set()]
        gone = [one for one in listening if one.is_gone]
        slow = [one for one in listening if one not in gone and one.does_not_keep_up]
        self._drop(gone, "gone")
        self._drop(slow, "slow")
        return len(gone) + len(slow)

    def end_all(self) -> None:
        for listener in self._all():
            listener.end()

    @staticmethod
    def _drop(lost: Sequence[Listener], reason: str) -> None:
        for listener in lost:
            listener.hang_up()
            metrics.DROPPED.labels(reason).inc()

    def _of(self, subject: str) -> int:
        return sum(one.subject == subject for one in self._open)

    @staticmethod
    def _refuse(limit: str) -> None:
        metrics.REFUSED.labels(limit).inc()
        raise TooManyStreams(limit)

    def _all(self) -> list[Listener]:
        with self._lock:
            return list(self._open)
