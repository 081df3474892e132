"""Offline by default; what is wrong stops the start, all of it named at once."""

import pytest

from geocoding_service.config import Config
from shared.config import ConfigError, read

OFFLINE = {
    "ENVIRONMENT": "test",
    "DATABASE_URL": "postgresql+psycopg2://nobody@127.0.0.1:9/none",
    "OIDC_ISSUER": "http://127.0.0.1:9",
    "OIDC_JWKS_URL": "http://127.0.0.1:9/jwks",
}
SECRET = "x" * 40
ONLINE = {
    **OFFLINE,
    "NOMINATIM_URL": "https://nominatim.example/",
    "NOMINATIM_CONTACT": "betrieb@platzsuche.example",
    "OSRM_URL": "http://osrm:5000",
    "LOOKUP_SECRET": SECRET,
}


def _problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as refusal:
        read(Config, environ)
    return [problem.split(":")[0] for problem in refusal.value.problems]


def test_by_itself_it_is_offline() -> None:
    config = read(Config, OFFLINE)

    assert (config.nominatim_url, config.osrm_url, config.nominatim_interval_ms) == ("", "", 1000)


def test_with_servers_it_wants_to_know_who_asks_and_how_to_hide_whom() -> None:
    assert read(Config, ONLINE).nominatim_url == "https://nominatim.example"
    assert _problems({**OFFLINE, "NOMINATIM_URL": "http://n", "OSRM_URL": "http://o"}) == [
        "NOMINATIM_CONTACT",
        "LOOKUP_SECRET",
    ]
    assert _problems({**OFFLINE, "OSRM_URL": "http://o"}) == ["LOOKUP_SECRET"]


def test_production_takes_no_weak_secret() -> None:
    production = {**ONLINE, "ENVIRONMENT": "production"}

    assert read(Config, production).lookup_secret == SECRET
    assert _problems({**production, "LOOKUP_SECRET": "short"}) == ["LOOKUP_SECRET"]


@pytest.mark.parametrize("name", ["NOMINATIM_URL", "OSRM_URL"])
@pytest.mark.parametrize(
    "address",
    [
        "nominatim.example",
        "ftp://nominatim.example",
        "http://",
        "http://host:99999",
        "http://host:port",
        "http://[::1",
        "http://me:secret@host",
        "http://host/search?q=",
        "http://host/#top",
        "http://host/a b",
        "http://höst",
    ],
)
def test_what_is_no_address_of_a_server_is_refused(name: str, address: str) -> None:
    assert _problems({**ONLINE, name: address}) == [name]


@pytest.mark.parametrize("contact", ["wir", "a@b\r\nX-Evil: 1", "betrieb@platzsüche.example"])
def test_a_contact_is_one_and_fits_into_a_header(contact: str) -> None:
    assert _problems({**ONLINE, "NOMINATIM_CONTACT": contact}) == ["NOMINATIM_CONTACT"]


def test_every_number_has_bounds_and_all_problems_are_named_at_once() -> None:
    numbers = (
        *("NOMINATIM_INTERVAL_MS", "OSRM_TABLE_SIZE", "LOOKUP_DEADLINE_MS", "LOOKUP_CONNECT_MS"),
        *("LOOKUP_READ_MS", "LOOKUP_ATTEMPTS", "BREAKER_FAILURES", "BREAKER_REST_SECONDS"),
        *("GEOCODES_KEPT_DAYS", "ROUTES_KEPT_DAYS", "NOTHING_KEPT_MINUTES"),
    )

    for wrong in ("-1", "1000000", "1.5", "viele"):
        assert _problems({**ONLINE, **dict.fromkeys(numbers, wrong)}) == list(numbers)
