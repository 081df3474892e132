"""What a trace consists of, seen from inside this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.config import ServiceConfig
from shared.observability.tracing import start_tracing

CONFIG = ServiceConfig(environment="test", database_url="", oidc_issuer="", oidc_jwks_url="")


class Spans:
    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def all(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    def called(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.all() if span.name == name]

    def only(self, name: str) -> ReadableSpan:
        [span] = self.called(name)
        return span


@contextmanager
def recorded() -> Iterator[Spans]:
    """Every span that ends inside the block. A process has one provider, whoever came first."""
    start_tracing("tests", CONFIG)
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield Spans(exporter)
    exporter.shutdown()


def trace_of(span: ReadableSpan) -> str:
    return trace.format_trace_id(_context(span).trace_id)


def id_of(span: ReadableSpan) -> str:
    return trace.format_span_id(_context(span).span_id)


def parent_of(span: ReadableSpan) -> str | None:
    """The id of the span that it belongs to."""
    return None if span.parent is None else trace.format_span_id(span.parent.span_id)


def _context(span: ReadableSpan) -> trace.SpanContext:
    context = span.get_span_context()
    assert context is not None
    return context
