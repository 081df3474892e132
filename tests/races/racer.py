"""One client process: connections of its own, on which duels are fought one beside the other."""

import json
import pickle
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.races.board import Board, Scout
from tests.races.bundle_duels import create_previewed, end_sessions, open_searches
from tests.races.deeds import Answer, Mark, Request
from tests.races.duels import DUELS
from tests.races.register import TOWNS
from tests.races.rules import Given
from tests.races.view import Duel, Key, View

_LONGEST_ANSWER_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.1
_FIRST_LIFE = 100
_FULL_ENOUGH = 0.7  # of the searches that there may be: before that nobody can be bundled
_IN_SESSIONS_AT_MOST = 0.3  # of all searches: above that too few are left to be fought for
NO_ANSWER = 0


class Deed(NamedTuple):
    """What became of a request. Times are seconds of the machine's monotonic clock."""

    kind: str
    status: int
    refused: str
    began: float
    ended: float
    wins: list[Mark]
    losses: list[Mark]


@dataclass
class Record:
    deeds: list[Deed] = field(default_factory=list)
    given: Given = field(default_factory=Given)


@dataclass(frozen=True)
class Orders:
    """What a client process is told. `tokens` by role; `tell` is given every finished request."""

    url: str
    admin_url: str
    tokens: dict[str, str]
    part: int
    parts: int
    connections: int
    requests: int
    towns: int
    searches: int
    seed: int
    tell: Callable[[], None] = lambda: None


def race(orders: Orders, report: Path) -> None:
    """Sends so many requests; the record is left in the file `report`."""
    scout = Scout(orders.admin_url)
    with _fighters(orders) as arena:
        _Chooser(orders, arena, scout).fight()
    scout.close()
    report.write_bytes(pickle.dumps(arena.record))


class _Arena:
    """Whoever is free takes the next request; things come back to the game when a duel is over."""

    def __init__(self, connections: int) -> None:
        self.record = Record()
        self.requests: SimpleQueue[tuple[Request, Duel] | None] = SimpleQueue()
        self._free = threading.Semaphore(connections)
        self._lock = threading.Lock()
        self._fighting: Counter[int] = Counter()
        self._released: dict[Key, float] = {}

    def begin(self, duel: Duel) -> None:
        """Waits until all of its requests can go out at the same moment."""
        for _ in duel.requests:
            self._free.acquire()
        with self._lock:
            self._fighting[id(duel)] = len(duel.requests)
            self._released.update(dict.fromkeys(duel.keys, float("inf")))
        for request in duel.requests:
            self.requests.put((request, duel))

    def end(self, deed: Deed, duel: Duel) -> None:
        with self._lock:
            self.record.deeds.append(deed)
            self._fighting[id(duel)] -= 1
            if not self._fighting[id(duel)]:
                del self._fighting[id(duel)]
                self._released.update(dict.fromkeys(duel.keys, deed.ended))
        self._free.release()

    def busy(self, seen_at: float) -> set[Key]:
        """What is fought for, or was when the board was read: the board does not know the end."""
        with self._lock:
            self._released = {k: at for k, at in self._released.items() if at >= seen_at}
            return set(self._released)


@contextmanager
def _fighters(orders: Orders) -> Iterator[_Arena]:
    arena = _Arena(orders.connections)
    threads = [
        threading.Thread(target=_fight, args=(orders, arena)) for _ in range(orders.connections)
    ]
    for thread in threads:
        thread.start()
    try:
        yield arena
    finally:
        for _ in threads:
            arena.requests.put(None)
        for thread in threads:
            thread.join()


def _fight(orders: Orders, arena: _Arena) -> None:
    line = _Line(orders)
    while (task := arena.requests.get()) is not None:
        request, duel = task
        began = time.monotonic()
        answer = line.send(request)
        verdict = request.judge(answer, arena.record.given)
        ended = time.monotonic()
        marks = verdict.wins, verdict.losses
        arena.end(Deed(request.kind, answer.status, verdict.refused, began, ended, *marks), duel)
        orders.tell()


class _Line:
    """A kept connection; a broken one is an answer that never came."""

    def __init__(self, orders: Orders) -> None:
        place = urlsplit(orders.url)
        self._connection = HTTPConnection(
            place.hostname or "", place.port, timeout=_LONGEST_ANSWER_SECONDS
        )
        self._tokens = orders.tokens

    def send(self, request: Request) -> Answer:
        headers = {"Authorization": f"Bearer {self._tokens[request.role]}"}
        if request.if_match is not None:
            headers["If-Match"] = f'"{request.if_match}"'
        content = None
        if request.body is not None:
            content, headers["Content-Type"] = json.dumps(request.body), "application/json"
        try:
            self._connection.request(request.method, request.path, content, headers)
            response = self._connection.getresponse()
            said = response.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            return Answer(NO_ANSWER, {"type": type(error).__name__})
        return Answer(response.status, json.loads(said) if said else {})


class _Chooser:
    def __init__(self, orders: Orders, arena: _Arena, scout: Scout) -> None:
        self._orders, self._arena, self._scout = orders, arena, scout
        self._chance = Random(f"{orders.seed}/{orders.part}")
        self._fought: Counter[str] = Counter()
        self._plans: list[tuple[str, dict[int, int]]] = []
        self._lives = count(_FIRST_LIFE)
        self._board: Board = scout.look()

    def fight(self) -> None:
        sent = 0
        while sent < self._orders.requests:
            if time.monotonic() - self._board.seen_at > _LOOK_EVERY_SECONDS:
                self._board = self._scout.look()
            duel = self._choose()
            if duel is None:
                time.sleep(_LOOK_EVERY_SECONDS / 2)
                continue
            self._arena.begin(duel)
            sent += len(duel.requests)

    def _choose(self) -> Duel | None:
        """Of those that are possible now the one that has been fought too seldom so far."""
        orders, busy = self._orders, self._arena.busy(self._board.seen_at)
        view = View(
            self._board,
            self._chance,
            orders.part,
            orders.parts,
            orders.towns,
            orders.searches,
            busy,
            self._plans,
            lambda town: next(self._lives) * TOWNS + town,
        )
        owed = sorted(DUELS, key=lambda one: self._fought[one.__name__] / DUELS[one])
        if self._plans:  # before they are stale
            owed.insert(0, create_previewed)
        if len(self._board.searches) < _FULL_ENOUGH * orders.searches:
            owed.insert(0, open_searches)
        if view.share_in("in_sessions") > _IN_SESSIONS_AT_MOST:
            owed.insert(0, end_sessions)
        for propose in owed:
            duel = propose(view)
            if duel is not None:
                self._fought[propose.__name__] += len(duel.requests)
                return duel
        return None
