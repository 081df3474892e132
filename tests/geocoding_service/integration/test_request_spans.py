"""What the span of a request says; the same for every service."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from geocoding_service.app import create_app
from geocoding_service.config import Config
from tests.issuer import Issuer
from tests.spans import Spans, recorded, trace_of

PLACE = "/api/v2/places/52062"
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SOUND = f"00-{TRACE}-{CALLER}-01"


@pytest.fixture
def spans() -> Iterator[Spans]:
    with recorded() as spans:
        yield spans


def test_a_span_is_named_after_the_route_and_not_the_path(spans: Spans, api: FlaskClient) -> None:
    api.get(f"{PLACE}?name=Musterfrau")

    [span] = spans.all()
    assert (span.name, span.kind) == ("GET /api/v2/places/<plz>", SpanKind.SERVER)
    assert "52062" not in span.to_json()
    assert "Musterfrau" not in span.to_json()


@pytest.mark.parametrize("traceparent", ["00-musterfrau", SOUND * 100, f"{SOUND}, {SOUND}"])
def test_a_hostile_traceparent_is_no_error_and_leaves_no_trace(
    spans: Spans, api: FlaskClient, traceparent: str
) -> None:
    headers = {"traceparent": traceparent, "baggage": "nachname=Musterfrau"}

    answer = api.get(PLACE, headers=headers)

    [span] = spans.all()
    assert answer.status_code == 200
    assert (span.parent, trace_of(span) == TRACE) == (None, False)
    assert "usterfrau" not in span.to_json()


def test_invented_methods_and_paths_leave_no_trace_of_their_names(
    spans: Spans, api: FlaskClient
) -> None:
    api.open("/Musterfrau", method="MUSTERFRAU")

    [span] = spans.all()
    assert span.name == "other unknown"
    assert "MUSTERFRAU" not in span.to_json().upper()


def test_what_machines_ask_every_few_seconds_makes_no_spans(spans: Spans, api: FlaskClient) -> None:
    for path in ("/livez", "/readyz", "/metrics"):
        api.get(path)

    assert spans.all() == []


def test_a_refusal_is_no_error_of_ours_but_an_outage_is(
    spans: Spans, api: FlaskClient, config: Config, issuer: Issuer
) -> None:
    without_keys = create_app(replace(config, oidc_jwks_url="http://127.0.0.1:9/jwks"))

    api.get(PLACE, headers={"Authorization": ""})
    without_keys.test_client().get(PLACE, headers=issuer.bearer("staff"))

    refused, failed = spans.all()
    assert (_status(refused), refused.status.status_code) == ((401, None), StatusCode.UNSET)
    assert (_status(failed), failed.status.status_code) == ((503, "503"), StatusCode.ERROR)


def _status(span: ReadableSpan) -> tuple[object, object]:
    known = span.attributes or {}
    return known["http.response.status_code"], known.get("error.type")
