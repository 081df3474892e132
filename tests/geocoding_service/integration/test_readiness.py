"""/readyz tells the truth about database, schema and transport; the same for every service."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from geocoding_service.app import create_app
from geocoding_service.config import Config

HERE, LATER = Config.needs_schema, "9999_distances"
Serve = Callable[[Config], FlaskClient]


class ForAnEarlierSchema(Config):
    needs_schema: ClassVar[str] = "0000_nothing"


class ForALaterSchema(Config):
    needs_schema: ClassVar[str] = LATER


@pytest.fixture
def serve(database: Any) -> Iterator[Serve]:
    apps = []

    def start(config: Config) -> FlaskClient:
        app = create_app(replace(config, database_url=database.url("geocoding_service")))
        apps.append(app)
        return app.test_client()

    yield start
    for app in apps:
        app.extensions["door"].database.dispose()


def test_a_service_with_its_schema_and_its_transport_is_ready(config: Config, serve: Serve) -> None:
    answer = serve(config).get("/readyz")

    assert answer.status_code == 200
    assert answer.json == {
        "status": "ok",
        "checks": {
            "database": {"status": "ok"},
            "schema": {"status": "ok", "found": HERE, "needed": HERE},
            "transport": {
                "status": "ok",
                "carrier": "postgres",
                "oldest_waiting_event_seconds": 0.0,
            },
        },
    }


def test_a_service_whose_schema_is_behind_says_what_it_needs(config: Config, serve: Serve) -> None:
    answer = serve(ForALaterSchema(**vars(config))).get("/readyz")

    assert (answer.status_code, _checks(answer)["schema"]) == (
        503,
        {"status": "behind", "found": HERE, "needed": LATER},
    )


def test_a_schema_that_is_ahead_does_no_harm(config: Config, serve: Serve) -> None:
    answer = serve(ForAnEarlierSchema(**vars(config))).get("/readyz")

    assert (answer.status_code, _checks(answer)["schema"]["status"]) == (200, "ok")


def test_a_service_without_any_schema_is_not_ready(
    config: Config, serve: Serve, database: Any
) -> None:
    _as_admin(database, "DROP TABLE geocoding_service.alembic_version")

    answer = serve(config).get("/readyz")

    assert (answer.status_code, _checks(answer)["schema"]) == (
        503,
        {"status": "unavailable", "error": "UndefinedTable"},
    )


def test_a_service_that_the_log_does_not_let_in_is_not_ready(
    config: Config, serve: Serve, database: Any
) -> None:
    _as_admin(database, "REVOKE EXECUTE ON FUNCTION events.append FROM geocoding_service_app")

    answer = serve(config).get("/readyz")

    assert (answer.status_code, _checks(answer)["transport"]) == (
        503,
        {"status": "unavailable", "error": "InsufficientPrivilege"},
    )


def test_a_web_process_serves_without_the_broker_that_only_its_worker_speaks_to(
    config: Config, serve: Serve, database: Any
) -> None:
    _as_admin(database, "REVOKE EXECUTE ON FUNCTION events.append FROM geocoding_service_app")

    answer = serve(replace(config, event_transport="kafka")).get("/readyz")

    assert (answer.status_code, _checks(answer)["transport"]["status"]) == (200, "ok")


def test_it_says_how_long_its_oldest_event_has_been_waiting(
    config: Config, serve: Serve, database: Any
) -> None:
    _as_admin(
        database,
        "INSERT INTO geocoding_service.outbox (event_id, topic, key, body, created_at)"
        " SELECT gen_random_uuid(), 'geocoding-events', '1', '{}', clock_timestamp() - age"
        " FROM unnest(ARRAY[interval '90 s', interval '30 s']) AS age",
    )

    answer = serve(config).get("/readyz")

    assert answer.status_code == 200
    assert 90 <= _checks(answer)["transport"]["oldest_waiting_event_seconds"] < 150


def test_without_a_database_it_is_alive_and_answers_but_is_not_ready(api: FlaskClient) -> None:
    assert api.get("/livez").status_code == 200
    assert api.get("/api/v2/places/52062").status_code == 200

    answer = api.get("/readyz")

    assert (answer.status_code, answer.json) == (
        503,
        {
            "status": "unavailable",
            "checks": {"database": {"status": "unavailable", "error": "OperationalError"}},
        },
    )


def _checks(answer: Any) -> dict[str, Any]:
    checks: dict[str, Any] = answer.json["checks"]
    return checks


def _as_admin(database: Any, statement: str) -> None:
    with database.engine(database.admin_url).begin() as admin:
        admin.execute(text(statement))
