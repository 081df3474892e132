from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient

from geocoding_service.app import create_app
from geocoding_service.config import Config


def test_a_service_with_its_schema_is_ready(config: Config, database: Any) -> None:
    app = create_app(replace(config, database_url=database.url("geocoding_service")))

    answer = app.test_client().get("/readyz")
    app.extensions["door"].database.dispose()

    assert (answer.status_code, answer.json) == (200, {"status": "ok", "schema": "0001_plumbing"})


def test_without_a_database_it_is_alive_and_answers_but_is_not_ready(api: FlaskClient) -> None:
    assert api.get("/livez").status_code == 200
    assert api.get("/api/v2/places/52062").status_code == 200
    assert api.get("/readyz").status_code == 503
