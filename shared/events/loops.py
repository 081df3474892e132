"""Work that a worker repeats until it is told to stop, and how that goes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from shared.events.metrics import LOOP_FAILURES

_FIRST_BACK_OFF_SECONDS, _LONGEST_BACK_OFF_SECONDS = 0.5, 10.0
_LONGEST_ROUND = timedelta(minutes=10)
_STUCK = "Stuck"

log = structlog.get_logger()


@dataclass(frozen=True)
class Trouble:
    """The kind of the last failure and since when every round has failed, or a round's that
    does not end."""

    error: str
    since: datetime


class Loop:
    """`run` does a round and returns how much it did; after an idle one there is a pause.

    Rounds that fail are tried again, less and less often.
    """

    def __init__(self, name: str, run: Callable[[], int], pause_seconds: float = 0.0) -> None:
        self.name = name
        self.has_succeeded = False
        self._run = run
        self._failing: Trouble | None = None
        self._round_began: datetime | None = None
        # A loop without a pause waits inside `run`; a leaderless relay does not.
        self._pause_seconds = max(pause_seconds, 0.01)

    @property
    def trouble(self) -> Trouble | None:
        began = self._round_began
        if began is not None and datetime.now(UTC) - began > _LONGEST_ROUND:
            return Trouble(_STUCK, began)
        return self._failing

    def start(self, stop: threading.Event) -> threading.Thread:
        """It ends after the round in which `stop` is set."""
        thread = threading.Thread(target=self._rounds, args=[stop], name=self.name)
        thread.start()
        return thread

    def _rounds(self, stop: threading.Event) -> None:
        back_off = _FIRST_BACK_OFF_SECONDS
        while not stop.is_set():
            try:
                did = self._round()
                self._failing, self.has_succeeded = None, True
                back_off = _FIRST_BACK_OFF_SECONDS
                stop.wait(0.0 if did else self._pause_seconds)
            except Exception as error:
                log.warning("round_failed", loop=self.name, exc_info=error)
                self._note(error)
                stop.wait(back_off)
                back_off = min(back_off * 2, _LONGEST_BACK_OFF_SECONDS)

    def _round(self) -> int:
        self._round_began = datetime.now(UTC)
        try:
            return self._run()
        finally:
            self._round_began = None

    def _note(self, error: Exception) -> None:
        LOOP_FAILURES.labels(self.name).inc()
        since = self._failing.since if self._failing else datetime.now(UTC)
        self._failing = Trouble(type(error).__name__, since)
