"""The geocoding service's web process. Offline it answers from its own memory, so many tests give
it no database: a query would fail them. `online` stands between a database and hostile servers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from geocoding_service.app import create_app
from geocoding_service.config import Config
from tests.geocoding_service.hostile import HostileServer, house, route, says
from tests.issuer import Issuer

NO_DATABASE = "postgresql+psycopg2://nobody@127.0.0.1:9/none"
CONTACT = "betrieb@platzsuche.example"
Serve = Callable[..., FlaskClient]


@pytest.fixture
def config(issuer: Issuer) -> Config:
    return Config(
        environment="test",
        database_url=NO_DATABASE,
        oidc_issuer=issuer.settings["oidc_issuer"],
        oidc_jwks_url=issuer.settings["oidc_jwks_url"],
    )


@pytest.fixture
def start(config: Config, issuer: Issuer) -> Iterator[Serve]:
    """A web process with other settings; it calls as staff unless a test says otherwise."""
    with ExitStack() as at_the_end:

        def begin(base: Config = config, **changes: Any) -> FlaskClient:
            app = create_app(replace(base, **changes))
            at_the_end.callback(app.extensions["door"].database.dispose)
            client = app.test_client()
            client.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer("staff")["Authorization"]
            return client

        yield begin


@pytest.fixture
def api(start: Serve) -> FlaskClient:
    return start()


@pytest.fixture
def nominatim() -> Iterator[HostileServer]:
    server = HostileServer([says([house()])])
    yield server
    server.close()


@pytest.fixture
def osrm() -> Iterator[HostileServer]:
    server = HostileServer([says(route())])
    yield server
    server.close()


@pytest.fixture
def outside(config: Config, database: Any, nominatim: HostileServer, osrm: HostileServer) -> Config:
    """Both servers, little patience, and no more than one attempt and a retry."""
    return replace(
        config,
        database_url=database.url("geocoding_service"),
        nominatim_url=nominatim.url,
        nominatim_contact=CONTACT,
        nominatim_interval_ms=0,
        osrm_url=osrm.url,
        lookup_secret="only-for-tests",
        lookup_deadline_ms=3000,
        lookup_connect_ms=1000,
        lookup_read_ms=400,
        lookup_attempts=2,
    )


@pytest.fixture
def online(start: Serve, outside: Config) -> FlaskClient:
    return start(outside)


class Kept:
    """What is remembered, as the owner sees it."""

    def __init__(self, database: Any) -> None:
        self._owner = database.engine(database.owner_url("geocoding_service"))

    def count(self, table: str) -> int:
        with self._owner.connect() as owner:
            return int(owner.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    def dump(self) -> str:
        """Every value of every row, bytes as they are."""
        with self._owner.connect() as owner:
            rows = [r for t in ("geocode", "route") for r in owner.execute(text(f"TABLE {t}"))]
        return " ".join(str(bytes(v) if isinstance(v, memoryview) else v) for r in rows for v in r)

    def grow_older(self, interval: str) -> None:
        with self._owner.begin() as owner:
            for table in ("geocode", "route"):
                owner.execute(
                    text(
                        f"UPDATE {table} SET asked_at = asked_at - interval '{interval}',"
                        f" expires_at = expires_at - interval '{interval}'"
                    )
                )


@pytest.fixture
def kept(database: Any) -> Kept:
    return Kept(database)
