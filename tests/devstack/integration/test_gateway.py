"""The gateway: one origin, the path decides the service."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from devstack.ports import SERVICES, STREAM
from devstack.stack import CHECKOUT

LOG = "gateway.log"


def upstream(service: str) -> ThreadingHTTPServer:
    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"service": service, "path": self.path}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.close_connection = True

        def do_PATCH(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half of it")
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """The base class writes to stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    return server


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the gateway keeps its things and its log."""
    return tmp_path_factory.mktemp("caddy")


@pytest.fixture(scope="module")
def gateway(home: Path) -> Iterator[str]:
    """Its address; the geocoding service behind it is down."""
    servers = {name: upstream(name) for name in (*SERVICES, STREAM) if name[0] != "g"}
    ports = {service: server.server_port for service, server in servers.items()}
    ports["geocoding_service"] = free_port()
    address = f"http://127.0.0.1:{free_port()}"
    process = start_caddy(address, ports, home)
    wait_for(address, process)
    yield address
    process.terminate()
    process.wait()
    for server in servers.values():
        server.shutdown()
        server.server_close()


def start_caddy(address: str, ports: dict[str, int], home: Path) -> "subprocess.Popen[bytes]":
    environment = {f"{name.upper()}_UPSTREAM": f"127.0.0.1:{port}" for name, port in ports.items()}
    environment |= {
        "GATEWAY_PORT": address.rsplit(":", 1)[1],
        "GATEWAY_BIND": "127.0.0.1",
        "XDG_DATA_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "PATH": os.environ["PATH"],
    }
    caddy = str(Path(sys.executable).parent / "caddy")
    command = [caddy, "run", "--config", "deploy/Caddyfile", "--adapter", "caddyfile"]
    with (home / LOG).open("wb") as log:
        return subprocess.Popen(command, cwd=CHECKOUT, env=environment, stderr=log)


def wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 15
    while process.poll() is None and time.monotonic() < deadline:
        try:
            requests.get(f"{address}/livez", timeout=1).raise_for_status()
        except requests.RequestException:
            continue
        return
    pytest.fail("Caddy did not start.")


ROUTES = {
    "patient_service": ["patients"],
    "therapist_service": ["therapists", "scraper-imports"],
    "matching_service": [
        "patient-searches",
        "therapist-bundles",
        "staff",
        "analytics",
        "feature-flags",
        "contact-permits",
        "placement-requests",
        "stream-tickets",
    ],
    STREAM: ["stream"],
    "communication_service": [
        "emails",
        "email-batches",
        "phone-calls",
        "phone-call-batches",
        "letters",
        "opt-outs",
    ],
}


@pytest.mark.parametrize("version", ["", "/v1", "/v2"])
@pytest.mark.parametrize("below", ["", "/7/history?limit=3"])
@pytest.mark.parametrize(
    ("service", "resource"), [(s, resource) for s, paths in ROUTES.items() for resource in paths]
)
def test_a_resource_is_served_by_its_service(
    gateway: str, service: str, resource: str, version: str, below: str
) -> None:
    path = f"/api{version}/{resource}{below}"
    assert requests.get(gateway + path, timeout=5).json() == {"service": service, "path": path}


PARKED = "/api/v2/staff/parked-events"


@pytest.mark.parametrize("below", ["", "/retry", "/7/discard"])
@pytest.mark.parametrize("service", [s for s in SERVICES if s[0] != "g"])
def test_parked_events_are_served_by_the_service_that_the_query_names(
    gateway: str, service: str, below: str
) -> None:
    path = f"{PARKED}{below}?limit=3&service={service.replace('_', '-')}"
    assert requests.get(gateway + path, timeout=5).json() == {"service": service, "path": path}


@pytest.mark.parametrize("query", ["", "?service=nobody-service"])
def test_parked_events_of_nobody_in_particular_are_matchings(gateway: str, query: str) -> None:
    answer = requests.get(f"{gateway}{PARKED}{query}", timeout=5).json()
    assert answer["service"] == "matching_service"


def test_the_page_for_therapists_is_served_by_communication(gateway: str) -> None:
    answer = requests.get(f"{gateway}/answer/token", timeout=5).json()
    assert answer == {"service": "communication_service", "path": "/answer/token"}


@pytest.mark.parametrize(
    "path",
    ["/", "/api", "/api/v3/patients", "/api/patientsx", "/metrics", "/openapi.json", "/answer"],
)
def test_everything_else_is_a_problem_document(gateway: str, path: str) -> None:
    answer = requests.get(gateway + path, timeout=5)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/not-found"


@pytest.mark.parametrize(
    "resource",
    [
        "geocode",
        "reverse-geocode",
        "calculate-distance",
        "calculate-plz-distance",
        "find-therapists",
        "places",
        "distances",
    ],
)
def test_a_service_that_is_down_is_unavailable(gateway: str, resource: str) -> None:
    answer = requests.get(f"{gateway}/api/{resource}", timeout=5)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["type"] == "/problems/unavailable"


def test_a_huge_body_is_refused(gateway: str) -> None:
    answer = requests.post(f"{gateway}/api/patients", data=b"x" * 3_000_000, timeout=5)
    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/too-large"


@pytest.mark.parametrize("path", ["/api/patients", "/nothing"])
def test_answers_do_not_tell_what_runs_inside(gateway: str, path: str) -> None:
    headers = requests.get(gateway + path, timeout=5).headers
    assert "Server" not in headers
    assert "Via" not in headers


@pytest.mark.parametrize(
    ("path", "headline"),
    [
        ("/problems/cooling-active", "# Die Praxis ist in der Abkühlungsphase"),
        ("/docs/v1-ende", "# Das Ende von v1"),
    ],
)
def test_the_pages_that_answers_point_to_can_be_read(
    gateway: str, path: str, headline: str
) -> None:
    page = requests.get(gateway + path, timeout=5)

    assert page.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert page.text.splitlines()[0] == headline


@pytest.mark.parametrize("path", ["/problems/unknown", "/docs/glossary", "/problems/../README"])
def test_no_other_page_is_served(gateway: str, path: str) -> None:
    assert requests.get(gateway + path, timeout=5).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/api/patients/Musterfrau?address=Musterweg+1", "/api/v2/stream?ticket=Musterticket"],
)
def test_what_goes_wrong_is_logged_without_paths_queries_and_headers(
    gateway: str, home: Path, path: str
) -> None:
    url = f"{gateway}{path}"
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.patch(url, headers={"Referer": "https://example/Musterfrau"}, timeout=5)

    log = _wait_for_line(home / LOG, "aborting with incomplete response")
    assert "Muster" not in log


def _wait_for_line(path: Path, part: str) -> str:
    deadline = time.monotonic() + 15
    while part not in path.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert part in path.read_text()
    return path.read_text()
