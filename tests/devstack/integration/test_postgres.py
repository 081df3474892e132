"""The embedded PostgreSQL: what its users may rely on."""

import shutil
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from devstack import unprivileged
from devstack.postgres import PostgresError, PostgresServer


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path / "postgres", free_port(), durable=False)
    yield server
    server.discard()


def ask(server: PostgresServer, statement: str) -> object:
    url = server.admin_url().replace("+psycopg2", "")
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        connection.commit()
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", "127.0.0.1"),
        ("timezone", "UTC"),
        ("max_connections", "300"),
        ("shared_buffers", "256MB"),
        ("password_encryption", "scram-sha-256"),
        ("server_encoding", "UTF8"),
        ("unix_socket_directories", ""),
    ],
)
def test_the_running_server_has_the_settings_the_services_rely_on(
    shared_server: PostgresServer, setting: str, value: str
) -> None:
    assert ask(shared_server, f"SHOW {setting}") == value


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path_factory.mktemp("shared") / "pg", free_port(), durable=False)
    server.start()
    yield server
    server.discard()


@pytest.mark.parametrize("extension", ["btree_gist", "pg_trgm", "pgcrypto"])
def test_the_extensions_of_the_schema_can_be_made(
    shared_server: PostgresServer, extension: str
) -> None:
    ask(shared_server, f"CREATE EXTENSION {extension}")
    found = ask(shared_server, f"SELECT count(*) FROM pg_extension WHERE extname = '{extension}'")
    assert found == 1


def test_letters_beyond_ascii_change_case(shared_server: PostgresServer) -> None:
    assert ask(shared_server, "SELECT lower('ÄÖÜ') || upper('äöü')") == "äöüÄÖÜ"


def test_nobody_enters_without_the_password(shared_server: PostgresServer) -> None:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            host="127.0.0.1", port=shared_server.port, user="postgres", password="guess"
        )


def test_the_password_is_readable_by_its_owner_alone(shared_server: PostgresServer) -> None:
    mode = (shared_server.folder / "password").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_data_survive_a_stop_and_a_start(server: PostgresServer) -> None:
    server.start()
    ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    server.start()
    assert ask(server, "SELECT answer FROM kept") == 42


def test_initialising_twice_keeps_the_cluster_and_its_password(server: PostgresServer) -> None:
    server.initialise()
    password = server.admin_url()
    server.initialise()
    assert server.admin_url() == password


def test_an_interrupted_initialisation_is_begun_anew(server: PostgresServer) -> None:
    (server.folder / "cluster.new").mkdir()
    (server.folder / "cluster.new" / "half").touch()
    server.start()
    assert ask(server, "SELECT 1") == 1


def test_a_server_that_cannot_start_says_why(
    server: PostgresServer, shared_server: PostgresServer
) -> None:
    server.port = shared_server.port
    with pytest.raises(PostgresError, match="Address already in use"):
        server.start()


def test_another_cluster_on_the_port_is_refused(
    server: PostgresServer, shared_server: PostgresServer
) -> None:
    server.port = shared_server.port
    shutil.copy(shared_server.folder / "password", server.folder / "password")
    with pytest.raises(PostgresError, match="another database"):
        server.wait_until_ready(1)


def test_binaries_where_the_account_cannot_go_are_used_from_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unprivileged, "_SHARED_GROUND", tmp_path / "ground")
    monkeypatch.setattr(unprivileged, "reachable", lambda _: False)
    original = tmp_path / "installation"
    (original / "bin").mkdir(parents=True)
    (original / "bin" / "tool").touch(mode=0o755)
    copy = unprivileged.executable_copy(original, "bin/tool")
    assert copy != original
    assert (copy / "bin" / "tool").exists()
    assert unprivileged.executable_copy(original, "bin/tool") == copy
