"""A worker's own little server, as a hostile caller meets it."""

import json
import socket

import pytest
from flask import Flask

from shared.events.worker_server import served
from shared.observability import configure_logging


@pytest.mark.parametrize(
    "target", ["http://[::1/livez", "http://a:Moeller/livez", "http://[Moeller]/livez"]
)
def test_an_address_that_is_none_is_one_line_of_the_log_which_quotes_nobody(
    target: str, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logging("matching_service.worker", "WARNING")

    with served(Flask("worker"), "127.0.0.1", port := _free_port()):
        _ask(port, target)

    [line] = capfd.readouterr().err.splitlines()
    assert json.loads(line)["exception"][0]["type"] == "ValueError"
    assert "Moeller" not in line


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ask(port: int, target: str) -> None:
    """Until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as caller:
        caller.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        while caller.recv(4096):
            pass
