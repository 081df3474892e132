"""The two workers of a measured delivery, and when each of its effects was committed."""

import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.events.envelope import Event
from shared.events.handlers import Handlers
from shared.events.worker import run_worker
from tests.delivery.parties import LISTENER, Place, relay
from tests.failpoints.harness import ended, forked

_EFFECT = text("INSERT INTO effect (key, version) VALUES (:key, :version)")

_EFFECTS = "effects"

REACTING, PROJECTING = Handlers(), Handlers()


class Stamps:
    """Says through a pipe, if there is one, which effects a commit held and when it was done."""

    def __init__(self, pipe: int | None = None) -> None:
        self._pipe = pipe

    def watch_commits(self) -> None:
        sqlalchemy_event.listen(Session, "after_commit", self._committed)
        sqlalchemy_event.listen(Session, "after_rollback", lambda s: s.info.pop(_EFFECTS, None))

    @staticmethod
    def note(session: Session, event: Event) -> None:
        session.info.setdefault(_EFFECTS, []).append((event.key, event.data["version"]))

    def _committed(self, session: Session) -> None:
        effects = session.info.pop(_EFFECTS, None)
        if effects and self._pipe is not None:
            os.write(self._pipe, f"{json.dumps([time.time(), effects])}\n".encode())


@REACTING.reaction("patient.updated")
def react(session: Session, event: Event, stamps: Stamps, _now: datetime) -> None:
    """A statement per event."""
    session.execute(_EFFECT, {"key": event.key, "version": event.data["version"]})
    stamps.note(session, event)


@PROJECTING.projection("patient.updated")
def project(session: Session, events: Sequence[Event], stamps: Stamps, _now: datetime) -> None:
    """A statement per batch."""
    rows = json.dumps([{"key": e.key, "version": e.data["version"]} for e in events])
    copying = text(
        "INSERT INTO effect (key, version)"
        " SELECT key, version FROM jsonb_to_recordset(:rows) AS row (key text, version int)"
    )
    session.execute(copying, {"rows": rows})
    for event in events:
        stamps.note(session, event)


class Effects:
    """What the consumer says through its pipe."""

    def __init__(self, pipe: TextIO) -> None:
        self._pipe = pipe

    def next(self, how_many: int) -> Iterator[tuple[float, str, int]]:
        """The time of each effect's commit, its key and version. Waits for them."""
        seen = 0
        while seen < how_many:
            at, changes = json.loads(self._pipe.readline())
            seen += len(changes)
            yield from ((at, key, version) for key, version in changes)


@contextmanager
def relaying(place: Place) -> Iterator[None]:
    with _child(lambda: relay(place)):
        yield


@contextmanager
def consuming(place: Place, handlers: Handlers = REACTING) -> Iterator[Effects]:
    reader, writer = os.pipe()

    def work() -> None:
        stamps = Stamps(writer)
        stamps.watch_commits()
        run_worker(LISTENER, place.listener(), handlers, (), stamps)

    with _child(work), os.fdopen(reader) as pipe:
        os.close(writer)
        yield Effects(pipe)


@contextmanager
def _child(work: Any) -> Iterator[None]:
    pid = forked(work)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGTERM)
        if (status := ended(pid)) != 0:
            raise RuntimeError(f"a worker ended with {status}")
