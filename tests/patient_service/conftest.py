"""The patient service's web process on a test's own database, its neighbours out of reach."""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask.testing import FlaskClient

from patient_service.app import create_app
from patient_service.config import Config
from tests.issuer import Issuer

NOBODY = "http://127.0.0.1:9"
_KEY = Fernet.generate_key().decode()


@pytest.fixture
def config(database: Any, issuer: Issuer) -> Config:
    return Config(
        environment="test",
        database_url=database.url("patient_service"),
        geocoding_service_url=NOBODY,
        matching_service_url=NOBODY,
        field_encryption_key=_KEY,
        **issuer.settings,
    )


@pytest.fixture
def api(config: Config, issuer: Issuer) -> Iterator[FlaskClient]:
    """Calls as staff unless a test says otherwise."""
    app = create_app(config)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer("staff")["Authorization"]
    yield client
    app.extensions["door"].database.dispose()
