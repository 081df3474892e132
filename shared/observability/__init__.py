"""What a process shows of itself: logs, metrics and spans, with ids only."""

from shared.observability.logs import configure_logging
from shared.observability.metrics import metrics_response
from shared.observability.requests import observe_requests
from shared.observability.tracing import start_tracing

__all__ = ["configure_logging", "metrics_response", "observe_requests", "start_tracing"]
