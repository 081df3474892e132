"""What Prometheus reads."""

import os

from flask import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Gauge,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from shared.config import ServiceConfig

_TARGET = Gauge(
    "target_info",
    "Welches Programm hier misst, und was es braucht",
    ["service_name", "needs_schema", "event_transport"],
    multiprocess_mode="max",
)


def name_target(program: str, config: ServiceConfig) -> None:
    _TARGET.labels(program, config.needs_schema, config.event_transport).set(1)


def metrics_response() -> Response:
    registry: CollectorRegistry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
