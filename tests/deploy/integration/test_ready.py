"""The health check that runs inside our containers."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from devstack.stack import CHECKOUT


@contextmanager
def program(status: int) -> Iterator[int]:
    """A port on which somebody answers /readyz, and nothing else."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()
            self.wfile.write(b"database: unavailable")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """The base class writes to stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def check(port: int, *path: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "deploy/ready.py", str(port), *path]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


def test_a_program_that_says_it_is_ready_is_healthy() -> None:
    with program(200) as port:
        assert check(port).returncode == 0


def test_a_program_that_is_not_ready_is_unhealthy_and_says_why() -> None:
    with program(503) as port:
        found = check(port)
    assert found.returncode == 1
    assert found.stderr.strip() == "database: unavailable"


def test_another_path_can_be_asked() -> None:
    with program(200) as port:
        assert check(port, "/livez").returncode == 1


def test_where_nobody_listens_nobody_is_healthy() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert check(nobody.getsockname()[1]).returncode == 1
