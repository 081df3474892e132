"""The geocoding service's web process. It answers from its own memory, so most tests give it no
database: a query would fail them."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from geocoding_service.app import create_app
from geocoding_service.config import Config
from tests.issuer import Issuer

NO_DATABASE = "postgresql+psycopg2://nobody@127.0.0.1:9/none"


@pytest.fixture
def config(issuer: Issuer) -> Config:
    return Config(
        environment="test",
        database_url=NO_DATABASE,
        oidc_issuer=issuer.settings["oidc_issuer"],
        oidc_jwks_url=issuer.settings["oidc_jwks_url"],
    )


@pytest.fixture
def api(config: Config, issuer: Issuer) -> Iterator[FlaskClient]:
    """Calls as staff unless a test says otherwise."""
    app = create_app(config)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer("staff")["Authorization"]
    yield client
    app.extensions["door"].database.dispose()
