"""The matching service's web process on a test's own database, and a world to match in."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from matching_service.app import create_app
from matching_service.config import Config
from shared.db import Database
from tests.issuer import Issuer
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
