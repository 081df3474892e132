"""Ports: fixed where people type them, remembered everywhere, never shared."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.ports import EVERYBODY, FIXED, PortTaken, ports_of, refuse_taken


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    for stack in ("default", "b", "c"):
        (tmp_path / stack).mkdir()
    return tmp_path


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_the_default_stack_serves_where_the_documents_say(stacks: Path) -> None:
    ports = ports_of(stacks, "default")
    assert [ports[name] for name in FIXED] == [8000, 8001, 8002, 8003, 8004, 8005]


def test_every_program_that_listens_has_a_port_of_its_own(stacks: Path) -> None:
    ports = ports_of(stacks, "default")
    assert set(ports) == set(EVERYBODY)
    assert len(set(ports.values())) == len(EVERYBODY)


def test_stacks_share_no_port(stacks: Path) -> None:
    chosen = [set(ports_of(stacks, stack).values()) for stack in ("b", "default", "c")]
    assert len(set.union(*chosen)) == 3 * len(EVERYBODY)


def test_a_stack_keeps_its_ports(stacks: Path) -> None:
    assert ports_of(stacks, "b") == ports_of(stacks, "b")


def test_ports_are_remembered_in_the_folder_of_the_stack(stacks: Path) -> None:
    ports = ports_of(stacks, "b")
    assert json.loads((stacks / "b" / "ports.json").read_text()) == ports


def test_ports_of_an_older_checkout_stay_and_are_completed(stacks: Path) -> None:
    before = {"gateway": 8000, "postgres": 8006}
    (stacks / "default" / "ports.json").write_text(json.dumps(before))
    ports = ports_of(stacks, "default")
    assert {name: ports[name] for name in before} == before
    assert len(set(ports.values())) == len(EVERYBODY)
    assert ports_of(stacks, "default") == ports


def test_a_taken_port_is_refused_with_who_needs_it_and_who_holds_it(
    listener: socket.socket,
) -> None:
    port = listener.getsockname()[1]
    expected = rf"Port {port}, needed by gateway, is taken by process {os.getpid()} \("
    with pytest.raises(PortTaken, match=expected):
        refuse_taken({"gateway": port})


def test_free_ports_are_not_refused(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()
    refuse_taken({"gateway": port})


def test_a_file_of_ports_that_cannot_be_read_is_named(stacks: Path) -> None:
    (stacks / "c" / "ports.json").write_text('{"gateway": 81')
    with pytest.raises(ValueError, match=r"c/ports.json cannot be read"):
        ports_of(stacks, "b")
