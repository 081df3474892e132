"""What is remembered: for how long, by whom it can be read, and what two at once make of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient

from geocoding_service.config import Config
from geocoding_service.domain.distance import Route
from geocoding_service.domain.places import Finding, Place, PlaceSource, Precision
from geocoding_service.jobs.forget_lookups import forget_lookups
from geocoding_service.storage.memory import Keeping, Memory, Nothing
from geocoding_service.storage.sealing import Seal
from shared.db import Database
from tests.geocoding_service.conftest import Kept, Serve
from tests.geocoding_service.hostile import HostileServer, house, says, says_when

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
KEEPING = Keeping(timedelta(days=180), timedelta(days=90), timedelta(hours=1))
HOUSE = Finding(Place(50.77, 6.08, Precision.POINT), PlaceSource.NOMINATIM, {"road": "Markt"}, "M")


@pytest.fixture
def memory() -> Memory:
    return Memory(Seal("only-for-tests"), KEEPING)


@pytest.fixture
def own_database(database: Any) -> Iterator[Database]:
    own = Database(database.url("geocoding_service"))
    yield own
    own.dispose()


@pytest.mark.parametrize(("found", "holds"), [(HOUSE, KEEPING.geocodes), (None, KEEPING.nothing)])
def test_an_address_is_remembered_until_it_expires(
    own_database: Database, memory: Memory, found: Finding | None, holds: timedelta
) -> None:
    def remembered(now: datetime) -> Any:
        with own_database.transaction() as session:
            return memory.finding(session, "address markt 1", now)

    with own_database.transaction() as session:
        memory.keep_finding(session, "address markt 1", found, NOW)

    assert remembered(NOW + holds - MOMENT) == (
        Finding(HOUSE.place, PlaceSource.CACHE, HOUSE.address, "M") if found else Nothing()
    )
    assert remembered(NOW + holds) is None


@pytest.mark.parametrize(
    ("route", "holds"), [(Route(900, 60), KEEPING.routes), (None, KEEPING.nothing)]
)
def test_a_way_is_remembered_until_it_expires(
    own_database: Database, memory: Memory, route: Route | None, holds: timedelta
) -> None:
    def remembered(now: datetime) -> Any:
        with own_database.transaction() as session:
            return memory.route(session, "route", now)

    with own_database.transaction() as session:
        memory.keep_route(session, "route", route, NOW)

    assert remembered(NOW + holds - MOMENT) == (route or Nothing())
    assert remembered(NOW + holds) is None


def test_the_later_question_keeps_its_answer_whoever_comes_last(
    own_database: Database, memory: Memory, kept: Kept
) -> None:
    with own_database.transaction() as session:
        memory.keep_route(session, "route", Route(2, 2), NOW)
        memory.keep_route(session, "route", Route(1, 1), NOW - MOMENT)
        assert memory.route(session, "route", NOW) == Route(2, 2)
        memory.keep_route(session, "route", None, NOW + MOMENT)

    with own_database.transaction() as session:
        assert memory.route(session, "route", NOW) == Nothing()
    assert kept.count("route") == 1


def test_what_has_expired_is_deleted_and_nothing_else(
    own_database: Database, memory: Memory, kept: Kept
) -> None:
    with own_database.transaction() as session:
        memory.keep_finding(session, "here", HOUSE, NOW)
        memory.keep_finding(session, "nowhere", None, NOW)
        memory.keep_route(session, "way", Route(1, 1), NOW)
        memory.keep_route(session, "no way", None, NOW)

    def forgotten(after: timedelta) -> int:
        return forget_lookups(own_database, None, NOW + after)

    assert forgotten(KEEPING.nothing - MOMENT) == 0
    assert forgotten(KEEPING.nothing) == 2
    assert forgotten(KEEPING.routes) == 1
    assert (kept.count("geocode"), kept.count("route")) == (1, 0)


def test_an_answer_that_has_expired_is_asked_for_again(
    online: FlaskClient, nominatim: HostileServer, kept: Kept
) -> None:
    def source() -> str:
        answer = online.get("/api/geocode", query_string={"address": "Markt 1, 52062 Aachen"})
        return str((answer.json or {})["source"])

    assert [source(), source()] == ["nominatim", "cache"]
    kept.grow_older("180 days")
    assert [source(), source()] == ["nominatim", "cache"]
    assert (len(nominatim.visits), kept.count("geocode")) == (2, 1)


def test_two_who_ask_the_same_at_once_make_one_row(
    online: FlaskClient, nominatim: HostileServer, kept: Kept
) -> None:
    both = Barrier(2)
    nominatim.plays(says_when(lambda: both.wait(20), says([house()])))

    def geocode(_: int) -> tuple[int, str]:
        answer = online.get("/api/geocode", query_string={"address": "Markt 1, 52062 Aachen"})
        return answer.status_code, (answer.json or {})["source"]

    with ThreadPoolExecutor(2) as two:
        assert list(two.map(geocode, range(2))) == [(200, "nominatim")] * 2

    assert kept.count("geocode") == 1


def test_no_row_says_where_anybody_lives(online: FlaskClient, kept: Kept) -> None:
    online.get(
        "/api/calculate-distance",
        query_string={"origin": "Markt 1, 52062 Aachen", "destination": "Markt 1, 50667 Köln"},
    )

    assert (kept.count("geocode"), kept.count("route")) == (2, 1)
    rows = kept.dump().lower()
    assert [w for w in ("markt", "aachen", "52062", "50.77", "6.08") if w in rows] == []


def test_with_another_secret_nothing_is_remembered(
    start: Serve, outside: Config, nominatim: HostileServer
) -> None:
    sources = [
        (
            start(outside, lookup_secret=secret).get("/api/geocode?address=Markt+1,+Aachen").json
            or {}
        )["source"]
        for secret in ("one", "another", "one")
    ]

    assert sources == ["nominatim", "nominatim", "cache"]


def test_a_sealed_answer_opens_for_its_own_question_only() -> None:
    seal = Seal("only-for-tests")
    sealed = seal.close("markt 1", {"latitude": 50.77})

    assert seal.open("markt 1", sealed) == {"latitude": 50.77}
    assert seal.open("markt 2", sealed) is None
    assert Seal("another").open("markt 1", sealed) is None
    assert seal.open("markt 1", b"damaged") is None
