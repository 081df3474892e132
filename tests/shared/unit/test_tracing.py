"""Trace context is believed when it is well-formed, and nobody is quoted."""

import json
from collections.abc import Iterator

import pytest
import structlog
from opentelemetry import trace

from shared.observability import configure_logging, tracing
from tests.spans import Spans, id_of, parent_of, recorded, trace_of

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SOUND = f"00-{TRACE}-{PARENT}-01"


@pytest.fixture
def spans() -> Iterator[Spans]:
    with recorded() as spans:
        yield spans


def test_what_comes_with_a_trace_goes_on_in_it(spans: Spans) -> None:
    with tracing.span("work", parent=tracing.context_of(SOUND)):
        pass

    work = spans.only("work")
    assert (trace_of(work), parent_of(work)) == (TRACE, PARENT)


@pytest.mark.parametrize(
    "hostile",
    [
        None,
        "",
        17,
        ["00", TRACE],
        "nonsense",
        SOUND.upper(),
        SOUND[:-1],
        SOUND.replace("00-", "ff-", 1),
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"{SOUND},{SOUND}",
        f"{SOUND}-more",
        SOUND + "\r\nX-Evil: 1",
        "01" + SOUND[2:] + "-" + "x" * 500,
        "x" * 1_000_000,
    ],
    ids=lambda value: repr(value)[:30],
)
def test_whatever_is_no_traceparent_begins_a_new_trace(spans: Spans, hostile: object) -> None:
    with tracing.span("work", parent=tracing.context_of(hostile)):
        pass

    work = spans.only("work")
    assert work.parent is None
    assert trace_of(work) != TRACE


def test_a_traceparent_of_a_version_to_come_is_understood(spans: Spans) -> None:
    with tracing.span("work", parent=tracing.context_of(f"01-{TRACE}-{PARENT}-01-more")):
        pass

    assert trace_of(spans.only("work")) == TRACE


def test_what_leaves_bears_the_span_it_left_from(spans: Spans) -> None:
    with tracing.span("work", parent=tracing.context_of(SOUND)):
        leaving = tracing.current_traceparent()

    assert leaving == f"00-{TRACE}-{id_of(spans.only('work'))}-01"


def test_what_leaves_from_nowhere_bears_nothing() -> None:
    assert (tracing.current_traceparent(), tracing.headers()) == (None, {})


def test_a_failed_span_names_the_kind_of_failure_and_quotes_nobody(spans: Spans) -> None:
    with pytest.raises(ValueError, match="Musterfrau"), tracing.span("work"):
        raise ValueError("Musterfrau wohnt nicht hier")

    work = spans.only("work")
    assert dict(work.attributes or {}) == {"error.type": "ValueError"}
    assert work.status.status_code == trace.StatusCode.ERROR
    assert "Musterfrau" not in work.to_json()


def test_a_line_of_the_log_says_to_which_trace_it_belongs(
    spans: Spans, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("patient_service", "INFO")
    log = structlog.get_logger()
    with tracing.span("work", parent=tracing.context_of(SOUND)):
        log.info("inside")
    log.info("outside")
    structlog.reset_defaults()

    inside, outside = (json.loads(line) for line in capsys.readouterr().err.splitlines()[-2:])
    own = id_of(spans.only("work"))
    assert (inside["event"], inside["trace_id"], inside["span_id"]) == ("inside", TRACE, own)
    assert {"trace_id", "span_id"} & set(outside) == set()
