"""A server beyond the house: asked with patience, within limits, and left alone when it is ill."""

import json
import math
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter

from geocoding_service.domain.breaker import Breaker
from geocoding_service.gateways.http_get import Answer, Deadline, NoAnswer, TimeOuts, get
from shared.observability import tracing

LOOKUPS = Counter(
    "geocoding_lookups_total", "Fragen an Server außer Haus, nach Ausgang", ["server", "outcome"]
)
log = structlog.get_logger()

Said = TypeVar("Said")
Reader = Callable[[int, Any], Said]
"""From status and JSON to what was said. Raises Unusable when that is no answer."""


class Silent(Exception):
    """Nothing usable was to be had in time; the text says why. What is true is still unknown."""


class Unusable(Exception):
    """An answer that cannot be meant: another shape, another place than the earth."""


class Turns(Protocol):
    """Whose turn it is to ask, among all processes."""

    def wait(self, deadline: Deadline) -> bool:
        """False: it would not come in time."""

    def postpone(self, seconds: float) -> None:
        """For everybody."""


class EverybodysTurn:
    """For a server without a limit."""

    def wait(self, deadline: Deadline) -> bool:
        return deadline.left > 0

    def postpone(self, seconds: float) -> None:
        """Only who was told waits."""


@dataclass(frozen=True)
class Patience:
    """`attempts` in all; the pauses between them begin with `first_pause` seconds and double."""

    time_outs: TimeOuts
    attempts: int
    first_pause: float = 0.25


@dataclass(frozen=True)
class Server:
    """`name` is for logs and numbers, `agent` tells the server who we are."""

    name: str
    url: str
    agent: str
    patience: Patience
    breaker: Breaker
    turns: Turns = field(default_factory=EverybodysTurn)
    # Threads of this process that may wait here: most of sixteen stay free for postcodes.
    seats: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_SEATS))

    def ask(
        self, path: str, query: Mapping[str, str], read: Reader[Said], deadline: Deadline
    ) -> Said:
        """Raises Silent."""
        with tracing.span("GET", SpanKind.CLIENT, attributes={"service.peer.name": self.name}):
            try:
                said = self._ask_seated(f"{self.url}{path}?{urlencode(query)}", read, deadline)
            except Silent as silent:
                LOOKUPS.labels(self.name, str(silent)).inc()
                log.warning("lookup_failed", server=self.name, outcome=str(silent))
                raise
        LOOKUPS.labels(self.name, "answered").inc()
        return said

    def _ask_seated(self, url: str, read: Reader[Said], deadline: Deadline) -> Said:
        if not self.seats.acquire(blocking=False):
            raise Silent("no_seat")
        try:
            return self._ask_patiently(url, read, deadline)
        finally:
            self.seats.release()

    def _ask_patiently(self, url: str, read: Reader[Said], deadline: Deadline) -> Said:
        for attempt in range(1, self.patience.attempts + 1):
            try:
                return self._ask_once(url, read, deadline)
            except _Again as again:
                pause = again.pause if again.pause is not None else self._pause(attempt)
                if attempt == self.patience.attempts or pause >= deadline.left:
                    raise Silent(again.outcome) from None
                time.sleep(pause)
        raise Silent("not_asked")

    def _pause(self, attempt: int) -> float:
        """Between half and all of it by chance, so that many do not come back as one."""
        longest = self.patience.first_pause * 2.0 ** (attempt - 1)
        return longest * (0.5 + secrets.randbelow(1001) / 2000)

    def _ask_once(self, url: str, read: Reader[Said], deadline: Deadline) -> Said:
        if not self.breaker.allows(time.monotonic()):
            raise Silent("circuit_open")
        if not self.turns.wait(deadline):
            raise Silent("no_turn")
        try:
            said = self._read(self._get(url, deadline), read)
        except (_Again, Silent):
            self.breaker.failed(time.monotonic())
            raise
        self.breaker.succeeded()
        return said

    def _get(self, url: str, deadline: Deadline) -> Answer:
        headers = {"User-Agent": self.agent, "Accept": "application/json"}
        try:
            answer = get(url, headers, self.patience.time_outs, deadline)
        except NoAnswer as error:
            log.info("lookup_attempt_failed", server=self.name, error=str(error))
            raise _Again("unreachable") from None
        if answer.status == _TOO_MANY_REQUESTS:
            pause = _seconds_of(answer.retry_after)
            self.turns.postpone(min(pause or 0.0, _LONGEST_POSTPONEMENT))
            raise _Again("too_many_requests", pause)
        if answer.status in _OVERLOADED:
            raise _Again("overloaded")
        return answer

    def _read(self, answer: Answer, read: Reader[Said]) -> Said:
        try:
            return read(answer.status, json.loads(answer.content, parse_constant=_refuse))
        except (Unusable, ValueError, RecursionError):
            raise Silent("unusable") from None


_SEATS = 5
_TOO_MANY_REQUESTS, _OVERLOADED = 429, {502, 503, 504}
_LONGEST_POSTPONEMENT = 300.0


class _Again(Exception):
    """Worth another attempt, after `pause` seconds if the server said so."""

    def __init__(self, outcome: str, pause: float | None = None) -> None:
        super().__init__(outcome)
        self.outcome, self.pause = outcome, pause


def _seconds_of(retry_after: str | None) -> float | None:
    """Of `Retry-After`: seconds or a date. None when it says nothing that can be understood."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        then = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())


def _refuse(constant: str) -> float:
    """NaN and Infinity are no JSON."""
    raise ValueError(constant)


def number(value: Any, lowest: float, highest: float) -> float:
    """A JSON number, or one written as text. Raises Unusable outside the bounds."""
    try:
        found = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if isinstance(value, bool) or not lowest <= found <= highest:
        raise Unusable
    return found
