"""The web server says nothing in the log that somebody has sent."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from devstack.stack import CHECKOUT
from shared.observability import configure_logging


def create_app() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Breaks on /broken before anybody could catch it."""
    configure_logging("web", "INFO")

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/broken":
            raise ValueError("Frau Moeller")
        start_response("200 OK", [("Content-Length", "0")])
        return []

    return serve


class WebServer:
    def __init__(self, port: int, log: Path) -> None:
        self._port = port
        self._log = log
        self._read = 0

    def send(self, request: str) -> str:
        """The status line of the answer."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=10) as caller:
            caller.sendall(request.encode())
            return caller.makefile().readline().strip()

    def news(self) -> list[str]:
        """Lines of the log since the last look."""
        lines = self._log.read_text().splitlines()
        news, self._read = lines[self._read :], len(lines)
        return news


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    file = tmp_path_factory.mktemp("web") / "log"
    with socket.socket() as listener, file.open("w") as log:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        command = ["gunicorn", "-c", "deploy/gunicorn.py", f"{__name__}:create_app()"]
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--bind", f"fd://{listener.fileno()}"],
            cwd=CHECKOUT,
            env={**os.environ, "PORT": "0"},
            stderr=log,
            pass_fds=[listener.fileno()],
        )
        yield WebServer(listener.getsockname()[1], file)
        process.terminate()
        process.wait()


@pytest.mark.parametrize(
    "request_",
    [
        "GET /api/patients?nachname=Frau Möller HTTP/1.1\r\nHost: a\r\n\r\n",
        '{"nachname": "Möller"}\r\n\r\n',  # what was left of a body with a wrong Content-Length
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization : Bearer Möller\r\n\r\n",
    ],
)
def test_a_request_that_is_none_is_refused_and_not_quoted(web: WebServer, request_: str) -> None:
    assert web.send(request_).split()[1] == "400"
    assert web.news() == []


def test_a_request_that_breaks_is_logged_by_kind_and_place(web: WebServer) -> None:
    assert web.send("GET /broken?name=Moeller HTTP/1.1\r\nHost: a\r\n\r\n").split()[1] == "500"

    [line] = web.news()
    [failure] = json.loads(line)["exception"]
    assert failure["type"] == "ValueError"
    assert failure["frames"][-1]["name"] == "serve"
    assert "Moeller" not in line
