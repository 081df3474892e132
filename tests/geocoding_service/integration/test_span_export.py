"""Spans reach a collector, when one is configured; the same for every service."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from geocoding_service.config import Config
from tests.issuer import Issuer
from tests.served import ROOT, served

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ROUTE = "/api/v2/places/<plz>"
NEVER = "3600000"
Collected = Queue[ResourceSpans]


@contextmanager
def collecting(collected: Collected) -> Iterator[str]:
    """The base URL of an OTLP receiver on loopback."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            for part in ExportTraceServiceRequest.FromString(content).resource_spans:
                collected.put(part)
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def collected() -> Collected:
    return Queue()


@pytest.fixture
def environment(config: Config, database: Any, collected: Collected) -> Iterator[dict[str, str]]:
    with collecting(collected) as url:
        yield {
            "ENVIRONMENT": "test",
            "DATABASE_URL": database.url("geocoding_service"),
            "OIDC_ISSUER": config.oidc_issuer,
            "OIDC_JWKS_URL": config.oidc_jwks_url,
            "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        }


def test_a_forked_web_process_hands_its_spans_to_the_collector(
    environment: dict[str, str], collected: Collected, issuer: Issuer
) -> None:
    with served("geocoding_service", {**environment, "OTEL_BSP_SCHEDULE_DELAY": "50"}) as url:
        _ask(url, issuer, {"traceparent": f"00-{TRACE}-{CALLER}-01"})
        part = collected.get(timeout=20)

    [span] = part.scope_spans[0].spans
    assert _known(part)["service.name"] == "geocoding_service"
    assert (span.name, span.trace_id.hex(), span.parent_span_id.hex()) == (
        f"GET {ROUTE}",
        TRACE,
        CALLER,
    )
    assert {a.key: a.value.string_value or a.value.int_value for a in span.attributes} == {
        "http.request.method": "GET",
        "http.route": ROUTE,
        "http.response.status_code": 200,
    }


def test_a_process_that_ends_hands_over_what_it_still_has(
    environment: dict[str, str], collected: Collected, issuer: Issuer
) -> None:
    with served("geocoding_service", {**environment, "OTEL_BSP_SCHEDULE_DELAY": NEVER}) as url:
        _ask(url, issuer)
        assert collected.empty()

    assert collected.get(timeout=20).scope_spans[0].spans[0].name == f"GET {ROUTE}"


def test_the_jobs_of_a_worker_are_traced_too(
    environment: dict[str, str], collected: Collected
) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "geocoding_service.worker"],
        cwd=ROOT,
        env={**os.environ, **environment, "LOG_LEVEL": "WARNING", "OTEL_BSP_SCHEDULE_DELAY": "50"},
    )
    try:
        jobs: set[str] = set()
        while jobs < {"job forget_old_rows", "job forget_lookups"}:
            part = collected.get(timeout=20)
            jobs |= {span.name for scope in part.scope_spans for span in scope.spans}
    finally:
        worker.terminate()
        assert worker.wait(timeout=20) == 0

    assert _known(part)["service.name"] == "geocoding_service.worker"


def _known(part: ResourceSpans) -> dict[str, str]:
    return {a.key: a.value.string_value for a in part.resource.attributes}


def _ask(url: str, issuer: Issuer, headers: dict[str, str] | None = None) -> None:
    answer = requests.get(
        f"{url}/api/v2/places/52062",
        headers={**issuer.bearer("staff"), **(headers or {})},
        timeout=5,
    )
    assert answer.status_code == 200
