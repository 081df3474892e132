"""A server that misbehaves by a script, over real sockets."""

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Act = Callable[["Visit"], None]
_DRIP_SECONDS = 0.02


@dataclass(frozen=True)
class Visit:
    """One connection, after its request has been read."""

    connection: socket.socket
    target: str
    headers: dict[str, str]
    at: float
    ended: threading.Event

    def send(self, content: bytes) -> None:
        self.connection.sendall(content)

    def drip(self, content: bytes) -> None:
        """Byte by byte, and the last one for ever: no single wait is long."""
        position = 0
        while not self.ended.wait(_DRIP_SECONDS):
            self.send(content[position : position + 1])
            position = min(position + 1, len(content) - 1)


@dataclass
class HostileServer:
    """Does what `script` says, an act per request; the last one is repeated."""

    script: list[Act] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        scheme = "https" if self.tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def plays(self, *acts: Act) -> None:
        self.script[:] = acts

    @property
    def targets(self) -> list[str]:
        return [visit.target for visit in self.visits]

    def close(self) -> None:
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=[connection]))
            self._threads[-1].start()

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(connection, server_side=True) if self.tls else connection

    def _serve(self, connection: socket.socket) -> None:
        # Whoever is hostile is hung up on.
        with contextlib.suppress(OSError), self._secured(connection) as connection:
            head = _read_head(connection)
            if not head:
                return
            with self._lock:
                visit = _visit(connection, head, self._ended)
                self.visits.append(visit)
                act = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            act(visit)


def _read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        some = connection.recv(65536)
        if not some:
            return b""
        head += some
    return head


def _visit(connection: socket.socket, head: bytes, ended: threading.Event) -> Visit:
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines if line)
    return Visit(connection, first.split(" ")[1], headers, time.monotonic(), ended)


def says(document: Any, *, status: int = 200, **headers: str) -> Act:
    """JSON; text is sent as it is."""
    content = document.encode() if isinstance(document, str) else json.dumps(document).encode()
    return lambda visit: visit.send(_answer(content, status, headers))


def says_when(ready: Callable[[], object], act: Act) -> Act:
    """First waits for, or looks at, something else."""

    def wait_and_say(visit: Visit) -> None:
        ready()
        act(visit)

    return wait_and_say


def hangs(visit: Visit) -> None:
    visit.ended.wait()


def hangs_in_the_answer(visit: Visit) -> None:
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[")
    visit.ended.wait()


def trickles(visit: Visit) -> None:
    visit.send(b"HTTP/1.1 200 OK\r\n\r\n")
    visit.drip(b"[ ")


def trickles_headers(visit: Visit) -> None:
    visit.drip(b"HTTP/1.1 200 OK\r\nX-Slow: yes ")


def continues_for_ever(visit: Visit) -> None:
    while not visit.ended.wait(_DRIP_SECONDS):
        visit.send(b"HTTP/1.1 100 Continue\r\n\r\n")


def resets(visit: Visit) -> None:
    visit.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hangs_up(visit: Visit) -> None:
    """Says nothing at all."""


def breaks_off(visit: Visit) -> None:
    visit.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{"lat":')


def talks_smtp(visit: Visit) -> None:
    visit.send(b"220 mail.example ESMTP\r\n")


def sends_without_end(visit: Visit) -> None:
    visit.send(b"HTTP/1.1 200 OK\r\n\r\n[")
    while not visit.ended.is_set():
        visit.send(b"1," * 65536)


def promises_a_giant(visit: Visit) -> None:
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n[")
    visit.ended.wait()


def redirects(to: str) -> Act:
    return says("", status=302, Location=to)


def closed_port() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def house(latitude: object = 50.7764, longitude: object = 6.0838, **more: Any) -> dict[str, Any]:
    """A result of Nominatim's, as it writes them: coordinates as text."""
    return {
        "lat": latitude if latitude is None else str(latitude),
        "lon": longitude if longitude is None else str(longitude),
        "place_rank": 30,
        "display_name": "1, Markt, Aachen, Nordrhein-Westfalen, 52062, Deutschland",
        "address": {
            "house_number": "1",
            "road": "Markt",
            "town": "Aachen",
            "postcode": "52062",
            "country": "Deutschland",
            "country_code": "de",
        },
        **more,
    }


def route(metres: object = 70_500.4, seconds: object = 3000.0, **more: Any) -> dict[str, Any]:
    return {"code": "Ok", "routes": [{"distance": metres, "duration": seconds}], **more}


def table(metres: Sequence[object], seconds: Sequence[object], **more: Any) -> dict[str, Any]:
    """From the first place, which is 0 away from itself."""
    return {"code": "Ok", "distances": [[0, *metres]], "durations": [[0, *seconds]], **more}


_REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 429: "Too Many Requests"}


def _answer(content: bytes, status: int, headers: dict[str, str]) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Whatever')}"]
    lines += [f"{k}: {v}" for k, v in {"Content-Length": len(content), **named}.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content
