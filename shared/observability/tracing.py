"""One trace from a click to its last effect, as W3C trace context: over HTTP and in events.

Ids are made always; spans leave the process only when a collector is configured. A span holds ids
and kinds, like a line of the log: no path, no body, no message of an exception.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.config import ServiceConfig

TRACEPARENT = "traceparent"
_LONGEST_TRACEPARENT = 512  # of a version to come; today's has 55 characters
# Of all that could travel along only the ids: baggage would carry whatever a caller writes.
_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("shared.observability")
# A collector that does not answer must not hold up the end of a process.
_EXPORT_SECONDS = 2.0


def start_tracing(program: str, config: ServiceConfig) -> None:
    """Once per process, which is one program.

    A preloaded web process may fork afterwards: the SDK begins its thread anew in the child.
    """
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return
    known = {SERVICE_NAME: program, "messaging.system": config.event_transport}
    provider = TracerProvider(resource=Resource.create(known))
    if config.otlp_endpoint:
        # Only where it is used: protobuf takes its time to load.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(f"{config.otlp_endpoint}/v1/traces", timeout=_EXPORT_SECONDS)
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: Context | None = None,
    attributes: Mapping[str, str | int] | None = None,
    links: Iterable[Context] = (),
) -> Iterator[Span]:
    """Everything inside belongs to it. Without `parent` it belongs to what goes on here."""
    with _tracer.start_as_current_span(
        name,
        context=parent,
        kind=kind,
        attributes=attributes,
        links=[Link(trace.get_current_span(c).get_span_context()) for c in links],
        record_exception=False,  # its message may quote a person
        set_status_on_exception=False,
    ) as begun:
        try:
            yield begun
        except Exception as error:
            begun.set_attribute("error.type", type(error).__name__)
            begun.set_status(StatusCode.ERROR)
            raise


def context_of(traceparent: object) -> Context:
    """What a caller or an event says it belongs to; whatever is not a traceparent says nothing."""
    if not isinstance(traceparent, str) or len(traceparent) > _LONGEST_TRACEPARENT:
        return Context()
    return _propagator.extract({TRACEPARENT: traceparent}, Context())


def headers() -> dict[str, str]:
    """What calls from here bear."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier


def current_traceparent() -> str | None:
    """What events that are published here bear."""
    return headers().get(TRACEPARENT)
