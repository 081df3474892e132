"""Work that a worker repeats until it is told to stop, and how that goes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from shared.events.metrics import LOOP_FAILURES

_FIRST_BACK_OFF_SECONDS, _LONGEST_BACK_OFF_SECONDS = 0.5, 10.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Trouble:
    """The kind of the last failure, and since when every round has failed."""

    error: str
    since: datetime


class Loop:
    """`run` does a round and returns how much it did; after an idle one there is a pause.

    Rounds that fail are tried again, less and less often.
    """

    def __init__(self, name: str, run: Callable[[], int], pause_seconds: float = 0.0) -> None:
        self.name = name
        self.trouble: Trouble | None = None
        self.has_succeeded = False
        self._run = run
        # A loop without a pause waits inside `run`; a leaderless relay does not.
        self._pause_seconds = max(pause_seconds, 0.01)

    def start(self, stop: threading.Event) -> threading.Thread:
        """It ends after the round in which `stop` is set."""
        thread = threading.Thread(target=self._rounds, args=[stop], name=self.name)
        thread.start()
        return thread

    def _rounds(self, stop: threading.Event) -> None:
        back_off = _FIRST_BACK_OFF_SECONDS
        while not stop.is_set():
            try:
                did = self._run()
                self.trouble, self.has_succeeded = None, True
                back_off = _FIRST_BACK_OFF_SECONDS
                stop.wait(0.0 if did else self._pause_seconds)
            except Exception as error:
                log.warning("round_failed", loop=self.name, exc_info=error)
                self._note(error)
                stop.wait(back_off)
                back_off = min(back_off * 2, _LONGEST_BACK_OFF_SECONDS)

    def _note(self, error: Exception) -> None:
        LOOP_FAILURES.labels(self.name).inc()
        since = self.trouble.since if self.trouble else datetime.now(UTC)
        self.trouble = Trouble(type(error).__name__, since)
