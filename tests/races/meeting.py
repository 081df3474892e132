"""One run: client processes race against each other while the conductor keeps the world alive;
in between and at the end the rules are checked."""

import os
import pickle
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.sharedctypes import RawArray
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from matching_service.consumers import HANDLERS
from shared.events.postgres_transport import PostgresTransport
from tests.conftest import Database
from tests.failpoints.harness import ended, forked
from tests.issuer import Issuer
from tests.races.conductor import Conductor, conducting
from tests.races.deeds import Invariant
from tests.races.racer import Deed, Orders, race
from tests.races.register import TOWNS
from tests.races.rules import Given, Violation, check
from tests.races.stage import SERVICE, Stage, set_up

CLIENTS, CONNECTIONS = 4, 16  # of each
_CHECKED_EVERY_SECONDS = 60.0
_LONGEST_REST_SECONDS = 60.0
_STEP_SECONDS = 0.05
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Terms:
    """A seed repeats what clients and conductor choose, as far as the answers are the same."""

    requests: int
    seed: int
    connections: int = CONNECTIONS
    towns: int = TOWNS
    searches_per_town: int = 18


@dataclass
class Record:
    deeds: list[Deed] = field(default_factory=list)
    given: Given = field(default_factory=Given)
    violations: list[Violation] = field(default_factory=list)
    checks: int = 0
    news: dict[str, int] = field(default_factory=dict)
    deadlocks: int = 0
    parked: int = 0
    seconds: float = 0.0


class DoesNotRest(AssertionError):
    """The worker is not through with its events in time."""


def meet(database: Database, issuer: Issuer, terms: Terms, tell: Tell = lambda _: None) -> Record:
    with ExitStack() as end:
        stage = end.enter_context(set_up(database, issuer))
        conductor = end.enter_context(conducting(database, stage.register, terms.towns, terms.seed))
        _rest(database)
        tell("the world has begun")
        record = Record()
        began = time.monotonic()
        _race(stage, conductor, terms, record, tell)
        record.seconds = time.monotonic() - began
        _rest(database)
        record.news = dict(sorted(conductor.told.items()))
    _judge(database, record)
    return record


def _race(stage: Stage, conductor: Conductor, terms: Terms, record: Record, tell: Tell) -> None:
    answered = RawArray("i", CLIENTS)
    with tempfile.TemporaryDirectory(prefix="races-") as name:
        reports = [Path(name) / str(part) for part in range(CLIENTS)]
        clients = [
            forked(partial(race, _orders(stage, terms, part, answered), report))
            for part, report in enumerate(reports)
        ]
        with _never_left_behind(clients):
            checked = time.monotonic()
            while _are_racing(clients):
                time.sleep(_STEP_SECONDS)
                conductor.step(sum(answered))
                if time.monotonic() - checked > _CHECKED_EVERY_SECONDS:
                    _check(stage.database, record, Given())
                    checked = time.monotonic()
                    tell(f"{sum(answered)} requests, {len(record.violations)} violations")
        for report in reports:
            part = pickle.loads(report.read_bytes())
            record.deeds += part.deeds
            record.given.answers |= part.given.answers
            record.given.requests |= part.given.requests


@contextmanager
def _never_left_behind(clients: list[int]) -> Iterator[None]:
    """Waits for those who still have something to do, unless the run is broken off."""
    try:
        yield
    except BaseException:
        for client in clients:
            os.kill(client, signal.SIGKILL)
        raise
    finally:
        for client in clients:
            ended(client)


def _are_racing(clients: list[int]) -> bool:
    """Until the last one is through, or the first one has broken down."""
    exits = [os.waitid(os.P_PID, one, _LOOK_ONLY) for one in clients]
    assert not any(one and one.si_status for one in exits), "a client broke down"
    return None in exits


def _orders(stage: Stage, terms: Terms, part: int, answered: Any) -> Orders:
    def tell() -> None:
        answered[part] += 1

    share = -(-terms.requests // CLIENTS)
    place = stage.url, stage.database.admin_url, stage.tokens
    searches = terms.towns * terms.searches_per_town
    sizes = part, CLIENTS, terms.connections, share, terms.towns, searches, terms.seed
    return Orders(*place, *sizes, tell)


def _rest(database: Database) -> None:
    """Until everything that was told has been heard, and what followed from it has been told. A
    parked event is not waited for longer than it needs."""
    incoming = PostgresTransport(database.url(SERVICE), HANDLERS.topics)
    deadline = time.monotonic() + _LONGEST_REST_SECONDS
    with closing(incoming), database.engine(database.url(SERVICE)).connect() as connection:
        while incoming.lag() or connection.scalar(text(_UNDONE)):
            connection.execute(text(_HURRY))
            connection.commit()
            if time.monotonic() > deadline:
                raise DoesNotRest
            time.sleep(_STEP_SECONDS)


def _judge(database: Database, record: Record) -> None:
    _check(database, record, record.given)
    with _looking(database) as connection:
        record.deadlocks = connection.scalar(text(_DEADLOCKS)) or 0
        record.parked = connection.scalar(text("SELECT count(*) FROM parked")) or 0
        rows = connection.execute(text(_ACCEPTED_IN_V1))
        _note_v1(record, {f"v1 {request}": (search, status) for request, search, status in rows})


def _check(database: Database, record: Record, given: Given) -> None:
    with _looking(database) as connection:
        record.violations += check(connection, given)
        record.checks += 1


@contextmanager
def _looking(database: Database) -> Iterator[Connection]:
    """One moment, as a superuser sees it: the log of events belongs to nobody else."""
    engine = database.engine(database.admin_url).execution_options(
        isolation_level="REPEATABLE READ"
    )
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL search_path = matching_service, extensions"))
        yield connection


def _note_v1(record: Record, accepted: Mapping[str, tuple[int, str]]) -> None:
    """v1's answers do not say who got the place: the rows do, by request."""
    for deed in record.deeds:
        for invariant, thing in list(deed.wins):
            if invariant is Invariant.ANSWER and thing in accepted:
                search, status = accepted[thing]
                marks = deed.losses if status == "conflict" else deed.wins
                marks.append((Invariant.ACCEPTANCE, search))


_ACCEPTED_IN_V1 = """
SELECT p.id, r.platzsuche_id, r.status FROM placement_requests p
JOIN therapeut_anfrage_patient r USING (therapeutenanfrage_id)
WHERE r.outcome = 'accepted'
"""
_UNDONE = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM parked)"
_HURRY = "UPDATE parked SET next_attempt_at = clock_timestamp()"
_LOOK_ONLY = os.WEXITED | os.WNOHANG | os.WNOWAIT
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
