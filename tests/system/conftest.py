"""A stack for a file of system tests: with a name, ports and data of its own, gone afterwards."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from devstack.kafka import KafkaServer
from devstack.life_cycle import discard, down
from devstack.processes import started_at
from devstack.stack import CHECKOUT, Stack, open_stack
from devstack.supervision import Supervision
from shared.config import KAFKA, POSTGRES
from tests.delivery.broker import launched_broker, make_ready
from tests.delivery.parties import LISTENER, TELLER, Place


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers what takes longest starts first, and not at the end alone."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: "system" not in item.path.parts)


@pytest.fixture(scope="session")
def console() -> Console:
    return Console(highlight=False, soft_wrap=True)


@pytest.fixture(scope="module")
def stack(console: Console) -> Iterator[Stack]:
    own = open_stack(f"test-{secrets.token_hex(3)}")
    up = [sys.executable, "-m", "devstack", "up", "--stack", own.name, "--not-durable"]
    try:
        # As a person does it: whoever starts the supervisor does not outlive it.
        subprocess.run(up, cwd=CHECKOUT, check=True)
        yield own
    finally:
        discard(own, console)


@pytest.fixture(scope="module")
def processes_before_down(stack: Stack, console: Console) -> dict[int, str | None]:
    """Process id → since when it lives; the stack is down when a test gets this."""
    living = {pid: started_at(pid) for pid in Supervision(stack).remaining()}
    down(stack, console)
    return living


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """For one test of a file: its topic keeps what was told. It starts beside earlier tests."""
    with launched_broker(tmp_path_factory.mktemp("broker")) as own:
        yield own


@pytest.fixture
def on_postgres(database: Any) -> Place:
    return Place(database.url(TELLER), database.url(LISTENER), POSTGRES)


@pytest.fixture
def on_kafka(database: Any, broker: KafkaServer) -> Place:
    make_ready(broker)
    servers = broker.bootstrap_servers
    return Place(database.url(TELLER), database.url(LISTENER), KAFKA, servers)
