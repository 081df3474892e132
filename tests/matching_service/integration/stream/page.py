"""A page that listens: a real connection, read in a thread of its own as a browser does it."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

STREAM = "/api/v2/stream"
_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Message:
    """`event` is None for what pages hear as "message"."""

    id: int | None
    event: str | None
    data: dict[str, Any]


@dataclass
class Page:
    """What has come after the greeting; `last_id` is what the browser would resume with."""

    response: HTTPResponse
    messages: list[Message] = field(default_factory=list)
    last_id: int | None = None
    heartbeats: int = 0
    has_ended: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def ids(self) -> list[int | None]:
        return [message.id for message in self.messages]

    def read(self) -> None:
        rest = b""
        try:
            while chunk := self.response.read1(65536):
                *blocks, rest = (rest + chunk).split(b"\n\n")
                self._take(blocks)
        except (OSError, HTTPException):
            rest = b""  # the connection broke: half a message is none
        with self.changed:
            self.has_ended = True
            self.changed.notify_all()

    def wait_for(self, what: Callable[["Page"], bool], seconds: float = _PATIENCE_SECONDS) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: what(self), seconds), (
                len(self.messages),
                self.messages[-3:],
                self.has_ended,
            )

    def wait_for_id(self, number: int, seconds: float = _PATIENCE_SECONDS) -> None:
        self.wait_for(lambda page: (page.last_id or 0) >= number, seconds)

    def wait_for_the_end(self, seconds: float = _PATIENCE_SECONDS) -> None:
        self.wait_for(lambda page: page.has_ended, seconds)

    def _take(self, blocks: list[bytes]) -> None:
        with self.changed:
            for block in blocks:
                self._take_one(block.decode().split("\n"))
            self.changed.notify_all()

    def _take_one(self, lines: list[str]) -> None:
        fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
        self.heartbeats += not fields
        self.last_id = int(fields["id"]) if "id" in fields else self.last_id
        if "data" in fields and fields.get("event") != "begin":
            number = int(fields["id"]) if "id" in fields else None
            self.messages.append(Message(number, fields.get("event"), json.loads(fields["data"])))


@contextmanager
def listening(
    url: str, headers: Mapping[str, str], since: int | None = None, **query: str
) -> Iterator[Page]:
    """An open page, closed with the block; it has been greeted."""
    with opened(url, headers, since, **query) as connection:
        response = connection.getresponse()
        assert response.status == 200, response.read()
        page = Page(response)
        reader = threading.Thread(target=page.read)
        reader.start()
        page.wait_for(lambda page: page.last_id is not None or page.has_ended)
        try:
            yield page
        finally:
            if connection.sock is not None:
                connection.sock.shutdown(socket.SHUT_RDWR)
            reader.join()


@contextmanager
def opened(
    url: str, headers: Mapping[str, str], since: int | None = None, **query: str
) -> Iterator[HTTPConnection]:
    """The request is sent, and nothing of its answer read."""
    resumed = {} if since is None else {"Last-Event-ID": str(since)}
    address = urlsplit(url)
    path = f"{STREAM}?{urlencode(query)}" if query else STREAM
    with closing(HTTPConnection(address.hostname or "", address.port, timeout=60)) as connection:
        connection.request("GET", path, headers={**headers, **resumed})
        yield connection
