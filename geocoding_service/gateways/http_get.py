"""One GET to a server that is not ours, bounded in time and size whatever it does.

`requests` bounds the silence between two bytes, so a trickle could go on for ever, in the headers
as well. Here every single wait ends with the deadline. Nothing is followed, decoded or kept open.
"""

import io
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_LARGEST_ANSWER_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Deadline:
    """An instant on the monotonic clock."""

    at: float

    @classmethod
    def within(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds; none or less when it has passed."""
        return self.at - time.monotonic()

    def at_most(self, seconds: float) -> float:
        """A time-out for one step. Raises TimeoutError when no time is left."""
        left = self.left
        if left <= 0:
            raise TimeoutError
        return min(seconds, left)


@dataclass(frozen=True)
class TimeOuts:
    """In seconds: until connected, and between two bytes."""

    connect: float
    read: float


@dataclass(frozen=True)
class Answer:
    status: int
    content: bytes
    retry_after: str | None


class NoAnswer(Exception):
    """Nothing came that could be called an HTTP answer, or too much, or not in time."""


def get(url: str, headers: Mapping[str, str], time_outs: TimeOuts, deadline: Deadline) -> Answer:
    """Raises NoAnswer with the kind of what went wrong."""
    parts = urlsplit(url)
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    connection = HTTPConnection(host, port)
    try:
        with _connect(parts.scheme, host, port, time_outs, deadline) as connected:
            connection.sock = _Patient(connected, time_outs.read, deadline)
            target = f"{parts.path}?{parts.query}"
            connection.request("GET", target, headers={"Host": parts.netloc, **headers})
            response = connection.getresponse()
            content = response.read(_LARGEST_ANSWER_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswer(type(error).__name__) from None
    if len(content) > _LARGEST_ANSWER_BYTES:
        raise NoAnswer("TooLarge")
    if response.length:
        raise NoAnswer("BrokenOff")
    return Answer(response.status, content, response.headers.get("Retry-After"))


def _connect(
    scheme: str, host: str, port: int, time_outs: TimeOuts, deadline: Deadline
) -> socket.socket:
    within = Deadline(min(deadline.at, Deadline.within(time_outs.connect).at))
    failure: OSError = TimeoutError()
    for family, kind, protocol, _, address in _addresses(host, port, within):
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(within.at_most(time_outs.connect))
            connected.connect(address)
            connected.settimeout(within.at_most(time_outs.connect))
            if scheme == "https":
                return _context().wrap_socket(connected, server_hostname=host)
            return connected
        except OSError as error:
            connected.close()
            failure = error
    raise failure


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _addresses(host: str, port: int, deadline: Deadline) -> list[Any]:
    """getaddrinfo has no time-out, so a thread waits for it; left behind, it ends with its own."""
    found: SimpleQueue[list[Any] | OSError] = SimpleQueue()

    def resolve() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(OSError(type(error).__name__))

    threading.Thread(target=resolve, daemon=True).start()
    try:
        addresses = found.get(timeout=deadline.at_most(deadline.left))
    except Empty:
        raise TimeoutError from None
    if isinstance(addresses, OSError):
        raise addresses
    return addresses


class _Patient(io.RawIOBase):
    """As much of a socket as http.client needs; before each wait it looks at the deadline.

    http.client lets go of it before it has read everything, so it is closed by who opened it.
    """

    def __init__(self, connected: socket.socket, silence: float, deadline: Deadline) -> None:
        self._socket, self._silence, self._deadline = connected, silence, deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(self._deadline.at_most(self._silence))
        return self._socket.recv_into(buffer)

    def sendall(self, content: bytes) -> None:
        self._socket.settimeout(self._deadline.at_most(self._silence))
        self._socket.sendall(content)

    def close(self) -> None:
        """Nothing yet."""
