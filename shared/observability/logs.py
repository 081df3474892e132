"""One JSON object per line on stderr. Nothing that a person typed is ever logged."""

import logging
import sys
from typing import Any

import structlog
from opentelemetry import trace
from structlog.tracebacks import ExceptionDictTransformer


def configure_logging(service: str, level: str) -> None:
    """Our own lines and those of libraries, with the ids of the trace that they belong to."""
    both = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
        _traced,
        structlog.processors.ExceptionRenderer(_kinds_and_places),
    ]
    structlog.configure(
        processors=[*both, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    foreign = logging.StreamHandler(sys.stderr)
    foreign.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *both],
        )
    )
    logging.basicConfig(level=level, handlers=[foreign])
    logging.getLogger("urllib3").setLevel(logging.INFO)  # below, it quotes every path


def _kinds_and_places(exc_info: Any) -> list[dict[str, Any]]:
    """An exception and its causes without messages and values, which may quote a person."""
    return [{"type": part["exc_type"], "frames": part["frames"]} for part in _tracebacks(exc_info)]


_tracebacks = ExceptionDictTransformer(show_locals=False)


def _named(service: str) -> Any:
    def add(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        return {"service": service, **event}

    return add


def _traced(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return event
    ids = {
        "trace_id": trace.format_trace_id(here.trace_id),
        "span_id": trace.format_span_id(here.span_id),
    }
    return {**event, **ids}
