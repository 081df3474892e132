"""One thread looks at the database for all pages that are open here."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from matching_service.feed import metrics, wire
from matching_service.feed.bell import Bell
from matching_service.feed.listeners import Limits, Listener, Listeners
from matching_service.feed.reading import Reading
from matching_service.feed.window import Window
from matching_service.storage.stream import Page, head_of_stream, page_after
from shared.db import Database
from shared.events.loops import Loop

_LONGEST_SILENCE_SECONDS = 1.0

_Found = TypeVar("_Found")

log = structlog.get_logger()


class Stream:
    """An open stream; `close` gives its place to somebody else, whether or not it was read."""

    def __init__(self, messages: Iterator[bytes], close: Callable[[], None]) -> None:
        self.messages = messages
        self.close = close


class Feed:
    """Starts with the first page: a preloaded web process may fork before."""

    def __init__(self, database: Database, url: str, limits: Limits) -> None:
        self._database = database
        self._bell = Bell(url)
        self._window = Window()
        self._listeners = Listeners(limits)
        self._stop = threading.Event()
        self._starting = threading.Lock()
        self._has_started = False
        self._lost_looked_for_at = time.monotonic()

    def open(
        self, subject: str, caller: socket.socket | None, position: int | None, seconds: float
    ) -> Stream:
        """From now on, or from what follows `position`; for at most so many seconds.

        Raises TooManyStreams, and what an outage raises.
        """
        start = self._present() if position is None else position
        listener = Listener(subject, caller)
        self._listeners.admit(listener)
        self._start_once()
        if self._stop.is_set():
            listener.end()
        reading = Reading(self._window, self._look, listener, start, seconds)
        return Stream(reading.messages(), lambda: self._listeners.leave(listener))

    def stop(self) -> None:
        """All streams end after the message they are at. Safe to call in a signal handler."""
        self._stop.set()

    def _present(self) -> int:
        head = self._window.head
        return self._read(head_of_stream) if head is None else head

    def _start_once(self) -> None:
        with self._starting:
            if self._has_started:
                return
            self._has_started = True
        Loop("stream", self._round).start(self._stop)
        threading.Thread(target=self._end_when_told, name="stream_end", daemon=True).start()

    def _end_when_told(self) -> None:
        self._stop.wait()
        self._end_all()

    def _end_all(self) -> None:
        self._listeners.end_all()
        self._window.wake()

    def _round(self) -> int:
        self._look_for_the_lost()
        try:
            self._bell.listen()
            found = self._look_for_news()
            if not found:
                self._bell.wait(_LONGEST_SILENCE_SECONDS)
        except Exception:
            self._bell.close()
            raise
        return found

    def _look_for_the_lost(self) -> None:
        now = time.monotonic()
        if now - self._lost_looked_for_at >= _LONGEST_SILENCE_SECONDS:
            self._lost_looked_for_at = now
            if self._listeners.hang_up_on_the_lost():
                self._window.wake()

    def _look_for_news(self) -> int:
        head = self._window.head
        if head is None:
            self._begin(self._read(head_of_stream))
            return 1
        page = self._look(head)
        if not page.is_whole:
            # Everybody comes again, and is told what is missing.
            log.warning("stream_begins_anew", head=head, found=page.head)
            self._begin(page.head)
            self._end_all()
        elif page.events:
            self._window.extend([wire.message(event) for event in page.events], page.events[-1].id)
            _measure(page)
        return len(page.events)

    def _begin(self, head: int) -> None:
        self._window.begin(head)
        metrics.HEAD.set(head)

    def _look(self, position: int) -> Page:
        return self._read(lambda session: page_after(session, position))

    def _read(self, look: Callable[[Session], _Found]) -> _Found:
        with self._database.transaction() as session:
            return look(session)


def _measure(page: Page) -> None:
    metrics.HEAD.set(page.events[-1].id)
    now = datetime.now(UTC)
    for event in page.events:
        metrics.SECONDS_TO_PAGES.observe(max(0.0, (now - event.at).total_seconds()))
