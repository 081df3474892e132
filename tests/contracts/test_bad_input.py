"""Whatever the contract forbids is refused by name, and no table notices.

The requests are generated from each service's own OpenAPI document.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from migrations.histories import SERVICES
from tests.contracts.bad_requests import Request, bad_requests, good_requests
from tests.contracts.contract_reader import Operation, read_operations
from tests.contracts.service_apps import create_app
from tests.contracts.table_state import table_state
from tests.issuer import Issuer

pytestmark = pytest.mark.parametrize("service", [history.schema for history in SERVICES])


@pytest.fixture
def client(service: str, database: Any, issuer: Issuer, tmp_path: Path) -> Iterator[FlaskClient]:
    """Somebody who may do everything."""
    app = create_app(service, database.url(service), issuer, tmp_path)
    client = app.test_client()
    bearer = issuer.bearer("staff", "admin", "service")
    client.environ_base["HTTP_AUTHORIZATION"] = bearer["Authorization"]
    yield client
    app.extensions["door"].database.dispose()


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Speaks past pytest's capture, from a worker process as well."""

    def to_terminal(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}", file=sys.stderr)

    return to_terminal


def test_bad_input_is_refused_by_name_and_changes_no_table(
    service: str,
    client: FlaskClient,
    database: Any,
    say: Callable[[str], None],
    record_property: Callable[[str, object], None],
) -> None:
    admin = database.engine(database.admin_url)
    operations = _operations(client)
    _fill(client, operations)
    faults, cases = [], 0
    for operation in operations:
        before = table_state(admin)
        for request in bad_requests(operation):
            cases += 1
            faults += _faults(operation, request, _send(client, operation, request))
        faults += [f"{operation}: rows changed"] if table_state(admin) != before else []

    record_property("bad_input_cases", cases)
    say(f"{service}: {cases} bad requests to {len(operations)} operations")
    assert faults == []
    assert cases > len(operations)


def test_what_the_contract_allows_is_not_refused_for_its_shape(client: FlaskClient) -> None:
    refused = [
        f"{operation} {request.reason}: {answer.status_code} {answer.get_data(as_text=True)}"
        for operation in _operations(client)
        if operation.body is not None
        for request in good_requests(operation)
        for answer in [_send(client, operation, request)]
        if answer.status_code not in _GOOD_OR_REFUSED_BY_RULE
    ]

    assert refused == []


_GOOD_OR_REFUSED_BY_RULE = {200, 201, 202, 204, 404, 409, 412, 503}


def _operations(client: FlaskClient) -> list[Operation]:
    return read_operations(client.get("/openapi.json").get_json())


def _fill(client: FlaskClient, operations: list[Operation]) -> None:
    """Something with id 1 where that is possible, so that a wrong change would have a target."""
    for operation in operations:
        if operation.method == "post" and operation.body is not None:
            _send(client, operation, next(good_requests(operation)))


def _send(client: FlaskClient, operation: Operation, request: Request) -> TestResponse:
    return client.open(
        request.path,
        method=operation.method,
        data=request.content or None,
        content_type=request.content_type,
        headers=request.headers,
    )


def _faults(operation: Operation, request: Request, answer: TestResponse) -> list[str]:
    """What is wrong with a refusal, in the terms of the version that was asked."""
    v1 = operation.deprecated
    expected = {400 if v1 and status == 422 else status for status in request.statuses}
    wrong = (
        answer.status_code not in expected
        or not (_is_v1_message(answer, operation) if v1 else _is_problem(answer))
        or not (_v1_names if v1 else _names)(answer, request.field)
    )
    text = answer.get_data(as_text=True)[:300]
    return [f"{operation} {request.reason}: {answer.status_code} {text}"] if wrong else []


def _is_problem(answer: TestResponse) -> bool:
    document = answer.get_json(silent=True) or {}
    return (
        answer.mimetype == "application/problem+json"
        and document["type"].startswith("/problems/")
        and document["status"] == answer.status_code
        and bool(document["title"] and document["detail"])
    )


def _names(answer: TestResponse, field: str | None) -> bool:
    named = [error["field"] for error in answer.get_json().get("errors", [])]
    return field is None or any(_is_within(one, field) for one in named)


def _is_within(named: str, field: str) -> bool:
    return named == field or named.startswith((f"{field}.", f"{field}["))


def _is_v1_message(answer: TestResponse, operation: Operation) -> bool:
    """In the shape that the contract prints."""
    return set(answer.get_json(silent=True) or {}) == operation.refusal


def _v1_names(answer: TestResponse, field: str | None) -> bool:
    sentence = answer.get_json().get("message") or answer.get_json().get("error")
    return bool(sentence) and (field in {None, "body"} or f"{field}" in sentence)
