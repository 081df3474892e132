"""One queue before Nominatim for all threads and processes, kept by a row."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from typing import Any

import pytest
import requests
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from geocoding_service.config import Config
from geocoding_service.gateways.http_get import Deadline
from geocoding_service.storage.turns import Queue
from shared.db import Database
from tests.geocoding_service.conftest import Serve
from tests.geocoding_service.hostile import HostileServer, house, says
from tests.geocoding_service.turn_taking import take_turns
from tests.issuer import Issuer
from tests.served import served

LONG_AGO = Deadline(0)


@pytest.fixture
def own_database(database: Any) -> Iterator[Database]:
    own = Database(database.url("geocoding_service"))
    yield own
    own.dispose()


@pytest.fixture
def queue(own_database: Database) -> Queue:
    return Queue(own_database, "nominatim", interval=30)


def test_turns_of_several_processes_and_threads_keep_their_distance(database: Any) -> None:
    url, interval = database.url("geocoding_service"), 0.05

    with ProcessPoolExecutor(3, get_context("spawn")) as processes:
        runs = [processes.submit(take_turns, url, interval, 4, 2) for _ in range(3)]
        taken = sorted(at for run in runs for at in run.result())

    assert len(taken) == 24
    assert min(later - earlier for earlier, later in pairwise(taken)) >= interval


def test_two_web_processes_ask_no_faster_than_they_may(
    outside: Config, nominatim: HostileServer, issuer: Issuer
) -> None:
    environment = {
        "ENVIRONMENT": "test",
        "DATABASE_URL": outside.database_url,
        "OIDC_ISSUER": outside.oidc_issuer,
        "OIDC_JWKS_URL": outside.oidc_jwks_url,
        "NOMINATIM_URL": nominatim.url,
        "NOMINATIM_CONTACT": outside.nominatim_contact,
        "NOMINATIM_INTERVAL_MS": "200",
        "LOOKUP_SECRET": outside.lookup_secret,
    }

    def geocode(number: int) -> str:
        answer = requests.get(
            f"{url}/api/geocode",
            params={"address": f"Markt {number}, 52062 Aachen"},
            headers=issuer.bearer("staff"),
            timeout=20,
        )
        return str(answer.json()["source"])

    with served("geocoding_service", environment) as url, ThreadPoolExecutor(4) as many:
        sources = list(many.map(geocode, range(1, 9)))

    assert sources == ["nominatim"] * 8
    arrivals = sorted(visit.at for visit in nominatim.visits)
    assert min(later - earlier for earlier, later in pairwise(arrivals)) >= 0.2


def test_a_turn_that_would_come_too_late_is_not_taken(queue: Queue) -> None:
    assert queue.wait(Deadline.within(5))

    began = time.monotonic()
    assert not queue.wait(Deadline.within(5))
    assert time.monotonic() - began < 3
    assert queue._take(patience=60) == pytest.approx(30, abs=5)


def test_who_has_no_time_left_takes_no_turn(queue: Queue) -> None:
    assert not queue.wait(LONG_AGO)
    assert queue.wait(Deadline.within(5))


def test_whoever_holds_the_row_holds_up_nobody_beyond_his_patience(
    queue: Queue, database: Any
) -> None:
    owner = database.engine(database.owner_url("geocoding_service"))
    with owner.begin() as somebody:
        somebody.execute(text("SELECT FROM turn FOR UPDATE"))

        assert not queue.wait(Deadline.within(0.2))


def test_a_server_that_wants_peace_has_it_from_every_process(
    start: Serve, outside: Config, nominatim: HostileServer, queue: Queue
) -> None:
    nominatim.plays(says({}, status=429, Retry_After="120"), says([house()]))
    api = start(outside, nominatim_interval_ms=1)

    for number in range(3):
        answer = api.get("/api/geocode", query_string={"address": f"Markt {number}, 52062 Aachen"})
        assert (answer.json or {})["source"] == "plz_centroids"

    assert len(nominatim.visits) == 1
    assert queue._take(patience=1000) == pytest.approx(120, abs=10)


def test_nobody_is_sent_away_for_longer_than_five_minutes(
    start: Serve, outside: Config, nominatim: HostileServer, queue: Queue
) -> None:
    nominatim.plays(says({}, status=429, Retry_After="999999999999"))

    start(outside, nominatim_interval_ms=1).get("/api/geocode?address=Markt+1,+52062+Aachen")

    assert queue._take(patience=10_000) == pytest.approx(300, abs=10)


def test_a_server_that_asks_for_a_moment_is_asked_again_after_it(
    start: Serve, outside: Config, nominatim: HostileServer
) -> None:
    nominatim.plays(says({}, status=429, Retry_After="1"), says([house()]))
    api = start(outside, nominatim_interval_ms=1, lookup_deadline_ms=5000)

    answer = api.get("/api/geocode", query_string={"address": "Markt 1, 52062 Aachen"})

    assert (answer.json or {})["source"] == "nominatim"
    first, second = (visit.at for visit in nominatim.visits)
    assert second - first >= 1


@pytest.mark.parametrize("statement", ["DELETE FROM turn", "INSERT INTO turn VALUES ('x', now())"])
def test_a_program_can_neither_end_nor_invent_a_queue(
    own_database: Database, statement: str
) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        own_database.transaction() as s,
    ):
        s.execute(text(statement))


def test_most_threads_stay_free_while_a_server_is_silent(
    start: Serve, outside: Config, nominatim: HostileServer
) -> None:
    """Sixteen threads, five seats: the others go on at once."""
    everybody_is_back, seated = threading.Event(), threading.Semaphore(0)

    def hold(visit: Any) -> None:
        seated.release()
        everybody_is_back.wait(20)
        says([house()])(visit)

    nominatim.plays(hold)
    api = start(outside, lookup_deadline_ms=9000, lookup_read_ms=9000)

    def source(number: int) -> str:
        query = {"address": f"Markt {number}, 52062 Aachen"}
        return str((api.get("/api/geocode", query_string=query).json or {})["source"])

    with ThreadPoolExecutor(16) as many:
        waiting = [many.submit(source, number) for number in range(5)]
        for _ in waiting:
            assert seated.acquire(timeout=20)
        others = [many.submit(source, number).result(timeout=20) for number in range(5, 16)]
        everybody_is_back.set()

    assert others == ["plz_centroids"] * 11
    assert [w.result() for w in waiting] == ["nominatim"] * 5
