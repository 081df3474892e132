"""A stack of its own for the system tests: own name, ports and data, gone afterwards."""

import secrets
import subprocess
import sys
from collections.abc import Iterator

import pytest
from rich.console import Console

from devstack.life_cycle import discard, down
from devstack.processes import started_at
from devstack.stack import CHECKOUT, Stack, open_stack
from devstack.supervision import Supervision


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker has the stack, and who ends it comes last."""
    for item in items:
        if "stack" in _fixtures(item):
            item.add_marker(pytest.mark.xdist_group("stack"))
    items.sort(key=lambda item: "processes_before_down" in _fixtures(item))


@pytest.fixture(scope="session")
def console() -> Console:
    return Console(highlight=False, soft_wrap=True)


@pytest.fixture(scope="session")
def stack(console: Console) -> Iterator[Stack]:
    own = open_stack(f"test-{secrets.token_hex(3)}")
    up = [sys.executable, "-m", "devstack", "up", "--stack", own.name, "--not-durable"]
    try:
        # As a person does it: whoever starts the supervisor does not outlive it.
        subprocess.run(up, cwd=CHECKOUT, check=True)
        yield own
    finally:
        discard(own, console)


@pytest.fixture(scope="session")
def processes_before_down(stack: Stack, console: Console) -> dict[int, str | None]:
    """Process id → since when it lives; the stack is down when a test gets this."""
    living = {pid: started_at(pid) for pid in Supervision(stack).remaining()}
    down(stack, console)
    return living


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])
