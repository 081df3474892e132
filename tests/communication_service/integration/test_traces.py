"""A trace reaches from the click to its last effect, through every service on the way."""

from collections.abc import Iterator

import pytest
import requests

from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import SteppedWorker
from tests.issuer import Issuer
from tests.spans import Spans, id_of, parent_of, recorded, trace_of

TRACE, BROWSER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CLICK = {"traceparent": f"00-{TRACE}-{BROWSER}-01"}


@pytest.fixture
def spans() -> Iterator[Spans]:
    with recorded() as spans:
        yield spans


@pytest.fixture
def clicked(neighbourhood: Neighbourhood, draft: int, issuer: Issuer) -> int:
    """Somebody has sent the inquiry off, in a browser that traces."""
    answer = requests.post(
        f"{neighbourhood.matching}/api/v2/therapist-bundles/{draft}/send",
        headers={**issuer.bearer("staff"), **CLICK},
        timeout=10,
    )
    assert answer.status_code == 202, answer.text
    neighbourhood.carry_news()
    return draft


def test_what_follows_from_a_click_belongs_to_its_trace(
    spans: Spans, worker: SteppedWorker, neighbourhood: Neighbourhood, clicked: int
) -> None:
    worker.hear()

    [click] = spans.called("POST /api/v2/therapist-bundles/<id:bundle_id>/send")
    [released] = [s for s in spans.called("process matching-events") if trace_of(s) == TRACE]
    asked = [
        span
        for span in spans.called("GET /api/v2/therapist-bundles/<id:bundle_id>")
        if trace_of(span) == TRACE
    ]
    calls = {id_of(s): s for s in spans.all() if parent_of(s) == id_of(released)}
    assert (trace_of(click), parent_of(click)) == (TRACE, BROWSER)
    assert (released.attributes or {})["cloudevents.event_type"] == "bundle.sent"
    assert parent_of(released) == id_of(click)
    assert asked
    assert {parent_of(span) for span in asked} <= set(calls)


def test_no_span_holds_who_somebody_is(
    spans: Spans, worker: SteppedWorker, neighbourhood: Neighbourhood, clicked: int
) -> None:
    worker.work_off()

    everything = "".join(span.to_json() for span in spans.all())
    assert "process matching-events" in everything
    for private in ("Ungenannt", "Praxis", "praxis@example.org", "F32.1", f"/{clicked}"):
        assert private not in everything
