"""What a caller learns from another service's answer, or from its silence."""

import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from shared.auth import ServiceTokens
from shared.events.consumer import is_transient
from shared.http.service import problem_of
from shared.http.service_client import (
    ServiceClient,
    ServiceFailed,
    ServiceRefused,
    ServiceUnavailable,
)
from tests.issuer import Issuer

PAGE = b"<html>nginx</html>"
PROBLEM = b'{"type": "/problems/internal"}'
Neighbour = Callable[[int, bytes], ServiceClient]


@pytest.fixture
def tokens(issuer: Issuer) -> ServiceTokens:
    return ServiceTokens(f"{issuer.url}/token", "matching-service", "only-for-tests")


@pytest.fixture
def neighbour(tokens: ServiceTokens) -> Iterator[Neighbour]:
    """A client of a service that answers everything with this status and content."""
    said: list[tuple[int, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = said[-1]
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=[0.01])
    thread.start()

    def answering(status: int, content: bytes) -> ServiceClient:
        said.append((status, content))
        return ServiceClient(f"http://127.0.0.1:{server.server_port}", "patient-service", tokens)

    yield answering
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("content", [b"", PAGE, PROBLEM])
def test_a_service_out_of_service_is_an_outage(
    neighbour: Neighbour, status: int, content: bytes
) -> None:
    with pytest.raises(ServiceUnavailable) as caught:
        neighbour(status, content).get("/")

    assert is_transient(caught.value)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, PROBLEM),
        (500, PAGE),
        (500, b""),
        (501, PROBLEM),
        (507, PAGE),
        (200, PAGE),
        (200, b"[]"),
        (404, PAGE),
        (404, b""),
        (409, b"{}"),
    ],
)
def test_a_service_that_breaks_over_a_call_is_no_outage_but_503_to_whoever_waits(
    neighbour: Neighbour, status: int, content: bytes
) -> None:
    with pytest.raises(ServiceFailed) as caught:
        neighbour(status, content).get("/")

    assert caught.value.status == status
    assert not is_transient(caught.value)
    assert problem_of(caught.value, {}).status == 503


@pytest.mark.parametrize(("status", "slug"), [(404, "not-found"), (409, "patient-in-use")])
def test_a_refusal_names_its_problem(neighbour: Neighbour, status: int, slug: str) -> None:
    with pytest.raises(ServiceRefused) as caught:
        neighbour(status, f'{{"type": "/problems/{slug}"}}'.encode()).get("/")

    assert (type(caught.value), caught.value.status, caught.value.slug) == (
        ServiceRefused,
        status,
        slug,
    )


def test_nobody_at_the_door_is_an_outage(tokens: ServiceTokens) -> None:
    with pytest.raises(ServiceUnavailable):
        ServiceClient("http://127.0.0.1:9", "patient-service", tokens).get("/")


def test_silence_is_an_outage(tokens: ServiceTokens) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = ServiceClient(url, "patient-service", tokens, timeout_seconds=0.1)
        with pytest.raises(ServiceUnavailable):
            client.get("/")
