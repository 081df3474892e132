"""The matching service's web process on a test's own database, and a world to match in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from matching_service.app import create_app
from matching_service.config import Config
from matching_service.consumers import HANDLERS
from matching_service.wiring import wire
from shared.contracts.event_types import EVENT_TYPES
from shared.db import Database
from shared.events.consumer import Consumer
from shared.events.envelope import Event
from shared.events.postgres_transport import PostgresTransport
from tests.issuer import Issuer
from tests.matching_service.analytics_desk import Analytics
from tests.matching_service.world import World

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def config(database: Any, issuer: Issuer) -> Config:
    return Config(
        environment="test",
        database_url=database.url("matching_service"),
        patient_service_url=NOBODY,
        therapist_service_url=NOBODY,
        recall_seconds=0,
        **issuer.settings,
    )


@pytest.fixture
def world(config: Config) -> Iterator[World]:
    database = Database(config.database_url)
    yield World(database)
    database.dispose()


@pytest.fixture
def api(config: Config, issuer: Issuer) -> Iterator[FlaskClient]:
    """Calls as staff unless a test says otherwise."""
    app = create_app(config)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer("staff")["Authorization"]
    yield client
    app.extensions["door"].database.dispose()


@pytest.fixture
def analytics(api: FlaskClient, world: World) -> Analytics:
    return Analytics(api, world.database)


@pytest.fixture
def consume(world: World, config: Any) -> Any:
    """Appends an event and handles it."""
    transport = PostgresTransport(config.database_url, HANDLERS.topics)
    consumer = Consumer(world.database, transport, HANDLERS, wire(config, world.database))

    def run(kind: str, key: object, **data: Any) -> None:
        topic, body = EVENT_TYPES[kind].topic, {"version": 1, **data}
        now = datetime.now(UTC)
        event = Event(uuid4(), kind, topic, str(key), "/test", now, body)
        transport.append([event])
        assert consumer.run_once() == 1

    yield run
    transport.close()


def environment_of(config: Config) -> dict[str, str]:
    """The environment in which a process of the service reads this config."""
    return {
        "ENVIRONMENT": config.environment,
        "DATABASE_URL": config.database_url,
        "OIDC_ISSUER": config.oidc_issuer,
        "OIDC_JWKS_URL": config.oidc_jwks_url,
        "OIDC_TOKEN_URL": config.oidc_token_url,
        "SERVICE_CLIENT_SECRET": config.service_client_secret,
        "PATIENT_SERVICE_URL": config.patient_service_url,
        "THERAPIST_SERVICE_URL": config.therapist_service_url,
        "RECALL_SECONDS": str(config.recall_seconds),
    }


def deadlocks(database: Any) -> int:
    """How many deadlocks the server had to break in the test's database."""
    with database.engine(database.admin_url).connect() as admin:
        found = admin.scalar(
            text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        )
    return int(found)
