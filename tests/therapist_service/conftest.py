"""The therapist service's processes on a test's own database, its neighbours under control."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.db import Database
from tests.issuer import Issuer
from therapist_service.app import create_app
from therapist_service.config import Config
from therapist_service.jobs.import_scrapes import import_all
from therapist_service.wiring import Wiring, wire

NOBODY = "http://127.0.0.1:9"


class Neighbour:
    """Another service as seen from this one: answers by path, None for a path that hangs up."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[Any], Any]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(self.answers))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _answering(answers: dict[str, Callable[[Any], Any]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silent."""

        def _answer(self, body: Any) -> None:
            answer = answers.get(self.path)
            content = json.dumps(answer(body) if answer else {}).encode()
            self.send_response(200 if answer else 503)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


@pytest.fixture
def neighbour() -> Iterator[Neighbour]:
    neighbour = Neighbour()
    yield neighbour
    neighbour.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "scraper"


@pytest.fixture
def config(database: Any, issuer: Issuer, folder: Path, neighbour: Neighbour) -> Config:
    return Config(
        environment="test",
        database_url=database.url("therapist_service"),
        geocoding_service_url=neighbour.url,
        matching_service_url=neighbour.url,
        mailbox_key_secret="only-for-tests",
        scraper_folder=str(folder),
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
def wiring(config: Config) -> Wiring:
    return wire(config)


@pytest.fixture
def own_database(config: Config) -> Iterator[Database]:
    """The service's own database, as its worker opens it."""
    database = Database(config.database_url)
    yield database
    database.dispose()


class Scraper:
    """Lays files into the folder as the scraper does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._laid = 0

    def lay(self, document: Any, name: str | None = None) -> str:
        """Named in the order of laying unless `name` says otherwise; bytes are laid as they are."""
        self._laid += 1
        name = name or f"therapists_202611{self._laid:02}_030000.json"
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
        return name


@pytest.fixture
def scraper(folder: Path) -> Scraper:
    return Scraper(folder)


@pytest.fixture
def import_files(own_database: Database, wiring: Wiring) -> Callable[[], int]:
    """One round of the import job."""
    return lambda: import_all(own_database, wiring, datetime.now(UTC))
