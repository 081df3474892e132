"""The patient service's processes on a test's own database, its neighbours under control."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from flask.testing import FlaskClient
from sqlalchemy import select

from patient_service.app import create_app
from patient_service.config import Config
from patient_service.consumers import HANDLERS
from patient_service.wiring import wire
from shared.contracts.event_types import EVENT_TYPES
from shared.db import Database, parked
from shared.events.consumer import Consumer
from shared.events.envelope import Event
from shared.events.postgres_transport import PostgresTransport
from tests.issuer import Issuer

NOBODY = "http://127.0.0.1:9"
_KEY = Fernet.generate_key().decode()


class Neighbours:
    """Matching and geocoding as seen from here: what they say, or nothing at all."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.silent = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _speaking_for(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)
        self._thread.start()

    def have_search(self, patient_id: int, search_id: int | None) -> None:
        found = [] if search_id is None else [{"id": search_id}]
        path = f"/api/v2/patient-searches?patient_id={patient_id}&unfinished=true"
        self.answers[path] = {"data": found}

    def know_place(self, plz: str, latitude: float, longitude: float) -> None:
        place = {"status": "exact", "latitude": latitude, "longitude": longitude}
        self.answers[f"/api/v2/places/{plz}"] = place

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _speaking_for(neighbours: Neighbours) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            neighbours.asked.append(self.path)
            answer = None if neighbours.silent else neighbours.answers.get(self.path)
            content = json.dumps(answer).encode()
            self.send_response(503 if answer is None else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silent."""

    return Handler


@pytest.fixture
def neighbours() -> Iterator[Neighbours]:
    neighbours = Neighbours()
    yield neighbours
    neighbours.close()


@pytest.fixture
def config(database: Any, issuer: Issuer, neighbours: Neighbours) -> Config:
    return Config(
        environment="test",
        database_url=database.url("patient_service"),
        geocoding_service_url=neighbours.url,
        matching_service_url=neighbours.url,
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


@pytest.fixture
def own_database(config: Config) -> Iterator[Database]:
    """The service's own database, as its worker opens it."""
    database = Database(config.database_url)
    yield database
    database.dispose()


Hear = Callable[..., None]


@pytest.fixture
def hear(config: Config, own_database: Database) -> Iterator[Hear]:
    """Lets the worker hear an event: `hear("search.created", 7, search_id=7, …)`."""
    transport = PostgresTransport(config.database_url, HANDLERS.topics)
    consumer = Consumer(own_database, transport, HANDLERS, wire(config))

    def let_hear(name: str, key: int, told_at: datetime | None = None, **data: Any) -> None:
        topic, source, time = EVENT_TYPES[name].topic, "/test", told_at or datetime.now(UTC)
        transport.append([Event(uuid4(), name, topic, str(key), source, time, data)])
        consumer.run_once()
        with own_database.transaction() as session:
            assert session.scalars(select(parked.c.error)).all() == []

    yield let_hear
    transport.close()
