"""What a process shows of itself: logs, metrics and spans, with ids only."""

from shared.config import ServiceConfig
from shared.observability.logs import configure_logging
from shared.observability.metrics import metrics_response, name_target
from shared.observability.requests import observe_requests
from shared.observability.tracing import start_tracing

__all__ = ["configure_logging", "metrics_response", "observe_requests", "start"]


def start(program: str, config: ServiceConfig) -> None:
    """First of all; opens nothing, so that a web process may fork afterwards."""
    configure_logging(program, config.log_level)
    start_tracing(program, config)
    name_target(program, config)
