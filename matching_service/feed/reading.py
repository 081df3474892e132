"""One page's way through the stream: first what it missed, then what comes."""

import time
from collections.abc import Callable, Iterator
from typing import TypeAlias

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from matching_service.feed import metrics, wire
from matching_service.feed.listeners import Listener
from matching_service.feed.window import Window
from matching_service.storage.stream import Page

HEARTBEAT_SECONDS = 15.0
_OUTAGE_SECONDS = 2.0
_TOGETHER = 200  # messages in one write

Look: TypeAlias = Callable[[int], Page]
"""What follows a position, from the database."""


def once(look: Look, position: int) -> Iterator[bytes]:
    """What was missed, and no more. Raises what an outage raises."""
    yield wire.greeting(position)
    while True:
        chunk, position = _missed(look(position), position)
        if not chunk:
            return
        yield chunk


class Reading:
    """`seconds`: how long it may go on."""

    def __init__(
        self, window: Window, look: Look, listener: Listener, position: int, seconds: float
    ) -> None:
        self._window = window
        self._look = look
        self._listener = listener
        self._position = position
        self._ends_at = time.monotonic() + seconds
        # Only the database knows whether nothing is missing after a position that a page brings.
        self._has_to_look = True

    def messages(self) -> Iterator[bytes]:
        yield from self._listener.write(wire.greeting(self._position))
        while not self._listener.ended.is_set() and self._seconds_left() > 0:
            chunk = self._missed() if self._has_to_look else self._news()
            if chunk:
                yield from self._listener.write(chunk)

    def _missed(self) -> bytes:
        try:
            chunk, self._position = _missed(self._look(self._position), self._position)
        except (DBAPIError, PoolTimeout):
            self._listener.ended.wait(min(_OUTAGE_SECONDS, self._seconds_left()))
            return wire.HEARTBEAT
        self._has_to_look = bool(chunk)
        return chunk

    def _news(self) -> bytes:
        seconds = min(HEARTBEAT_SECONDS, self._seconds_left())
        self._window.wait(self._position, seconds, self._listener.ended.is_set)
        found = self._window.after(self._position, _TOGETHER)
        if found is None:
            self._has_to_look = True
            return b""
        self._position += len(found)
        return b"".join(found) or wire.HEARTBEAT

    def _seconds_left(self) -> float:
        return max(0.0, self._ends_at - time.monotonic())


def _missed(page: Page, position: int) -> tuple[bytes, int]:
    """What the page is told, nothing when it knows everything, and where it is then."""
    if not page.is_whole:
        metrics.RESETS.inc()
        return wire.reset(page.head), page.head
    if not page.events:
        return b"", position
    return b"".join(map(wire.message, page.events)), page.events[-1].id
