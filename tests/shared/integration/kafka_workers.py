"""Workers on Kafka that tests can start, crash and count."""

import threading
from typing import Any

from sqlalchemy import text

from shared.events.consumer import Consumer
from shared.events.transport import Transport, TransportLost
from tests.contracts.streams import wait_until
from tests.shared.integration.inboxes import REACTING, Ward

_PAUSE_SECONDS = 0.1


class Worker:
    """The consumer's loop of a worker process, with reactions that leave their effects behind."""

    def __init__(self, ends: Any, transport: Transport) -> None:
        self.ward = Ward(before_effect=self._count)
        self.handled = 0
        self._transport = transport
        self._stop = threading.Event()
        self._consumer = Consumer(ends.listener, transport, REACTING, self.ward, self._stop.is_set)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Worker":
        self._thread.start()
        return self

    def end(self) -> None:
        """Kafka cannot tell it from a crash: nobody says good-bye, the seat stays taken."""
        self._stop.set()
        self._thread.join()
        self._transport.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._consumer.run_once(_PAUSE_SECONDS)
            except TransportLost:
                self._stop.wait(_PAUSE_SECONDS)

    def _count(self, _session: Any) -> None:
        self.handled += 1


def effects(ends: Any) -> list[tuple[str, int]]:
    """Key and version, in the order of their commits."""
    with ends.listener.transaction() as session:
        rows = session.execute(text("SELECT key, version FROM effect ORDER BY place"))
        return [(key, version) for key, version in rows]


def wait_for_effects(ends: Any, count: int) -> None:
    wait_until(lambda: len(effects(ends)) >= count)


def by_key(pairs: list[tuple[str, int]]) -> dict[str, list[int]]:
    versions: dict[str, list[int]] = {}
    for key, version in pairs:
        versions.setdefault(key, []).append(version)
    return versions
