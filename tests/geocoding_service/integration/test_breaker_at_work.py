"""A server that keeps failing is left in peace by its process."""

from flask.testing import FlaskClient

from geocoding_service.config import Config
from geocoding_service.domain.breaker import Breaker
from geocoding_service.gateways.http_get import Deadline, TimeOuts
from geocoding_service.gateways.nominatim import Nominatim
from geocoding_service.gateways.server import Patience, Server, Silent
from tests.geocoding_service.conftest import Serve
from tests.geocoding_service.hostile import HostileServer, house, route, says

FROM_TO = "origin_lat=50.7&origin_lon=6&destination_lat=50.9&destination_lon=6.9"


def _source(api: FlaskClient, number: int) -> str:
    answer = api.get("/api/geocode", query_string={"address": f"Markt {number}, 52062 Aachen"})
    return str((answer.json or {})["source"])


def test_after_too_many_failures_nobody_asks_any_more(
    start: Serve, outside: Config, nominatim: HostileServer
) -> None:
    nominatim.plays(says("<html>"))
    api = start(outside, breaker_failures=3)

    assert {_source(api, number) for number in range(10)} == {"plz_centroids"}
    assert len(nominatim.visits) == 3


def test_attempts_of_one_question_count_and_end_when_it_opens(
    start: Serve, outside: Config, nominatim: HostileServer
) -> None:
    nominatim.plays(says({}, status=503))

    assert _source(start(outside, breaker_failures=2, lookup_attempts=5), 1) == "plz_centroids"
    assert len(nominatim.visits) == 2


def test_an_address_that_does_not_exist_is_no_failure(
    start: Serve, outside: Config, nominatim: HostileServer
) -> None:
    nominatim.plays(says([]))
    api = start(outside, breaker_failures=1)

    for number in range(3):
        _source(api, number)

    assert len(nominatim.visits) == 3


def test_one_servers_illness_is_not_the_others(
    start: Serve, outside: Config, nominatim: HostileServer, osrm: HostileServer
) -> None:
    nominatim.plays(says("<html>"))
    osrm.plays(says(route()))
    api = start(outside, breaker_failures=1)

    assert [_source(api, number) for number in range(2)] == ["plz_centroids"] * 2
    assert (api.get(f"/api/calculate-distance?{FROM_TO}").json or {})["source"] == "osrm"


def test_a_server_that_is_well_again_is_asked_as_before(nominatim: HostileServer) -> None:
    nominatim.plays(says("<html>"), says("<html>"), says([house()]))
    patience = Patience(TimeOuts(5, 5), attempts=1)
    breaker = Breaker(failures=1, rest=0)
    geocoder = Nominatim(Server("nominatim", nominatim.url, "tests", patience, breaker))

    answers = [_answered(geocoder) for _ in range(4)]

    assert answers == [False, False, True, True]


def _answered(geocoder: Nominatim) -> bool:
    try:
        return geocoder.find("Markt 1, Aachen", Deadline.within(5)) is not None
    except Silent:
        return False
