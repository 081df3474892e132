"""Requests that an operation must refuse, each wrong in exactly one place."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from tests.contracts.bad_values import FORGED_CURSORS, LITERALS, bad_values
from tests.contracts.contract_reader import JsonSchema, Operation, kind_of
from tests.contracts.good_values import good_value, smallest_object

JSON = "application/json"
_LARGEST_BODY = 1024 * 1024


@dataclass(frozen=True)
class Request:
    """`field` is the path that the refusal must name, None where no field is at fault."""

    reason: str
    path: str
    content: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    statuses: frozenset[int] = frozenset()
    field: str | None = None


def bad_requests(operation: Operation) -> Iterator[Request]:
    """None of them reaches the operation's own rules: the contract alone forbids them."""
    yield from _bad_path_ids(operation)
    yield from _bad_queries(operation)
    yield from _bad_headers(operation)
    if operation.body is not None:
        yield from _bad_contents(operation)
        for bad in bad_values(operation.body):
            yield _with_body(operation, bad.reason, bad.value, bad.path or "body")


def good_requests(operation: Operation) -> Iterator[Request]:
    """What the contract allows; the operation's own rules may still refuse it."""
    assert operation.body is not None
    path, headers = _path(operation, {}, {}), _headers(operation)
    for reason, body in (
        ("required fields only", smallest_object(operation.body)),
        ("all fields, smallest", good_value(operation.body)),
        ("all fields, largest", good_value(operation.body, largest=True)),
    ):
        yield Request(reason, path, _dumped(body), JSON, headers)


_VALIDATION = frozenset({422})
_NO_SUCH_PATH = frozenset({404})


def _path(operation: Operation, ids: Mapping[str, str], query: Mapping[str, str | None]) -> str:
    """`None` leaves a query parameter out."""
    path = operation.path
    for name, schema in operation.path_ids.items():
        example = "1" if kind_of(schema) == "integer" else "x"
        path = path.replace(f"{{{name}}}", ids.get(name, example))
    needed = {name: good_value(operation.query[name]) for name in operation.required_query}
    words = {name: word for name, word in {**needed, **query}.items() if word is not None}
    return f"{path}?{urlencode(words)}" if words else path


def _headers(operation: Operation, **changes: str) -> dict[str, str]:
    needed = {"If-Match": '"1"'} if "If-Match" in operation.headers else {}
    return {**needed, **{name.replace("_", "-"): value for name, value in changes.items()}}


def _with_body(operation: Operation, reason: str, value: Any, at_fault: str) -> Request:
    path, headers = _path(operation, {}, {}), _headers(operation)
    return Request(reason, path, _dumped(value), JSON, headers, _VALIDATION, at_fault)


def _dumped(value: Any) -> bytes:
    text = json.dumps(value)
    for stand_in, literal in LITERALS.items():
        text = text.replace(f'"{stand_in}"', literal)
    return text.encode()


def _good_content(operation: Operation) -> bytes:
    return _dumped(smallest_object(operation.body)) if operation.body else b""


_BAD_NUMBERS = ("0", "-1", "2147483648", "9" * 30, "x", "1.5", "1e3", "1%00", " ", "١")
_BAD_NAMES = ("%00", "x%00", "Ü", "x" * 300, " ")


def _bad_path_ids(operation: Operation) -> Iterator[Request]:
    content, kind = _good_content(operation), JSON if operation.body else None
    for name, schema in operation.path_ids.items():
        is_number = kind_of(schema) == "integer"
        for text in _BAD_NUMBERS if is_number else _BAD_NAMES:
            path = _path(operation, {name: quote(text, safe="%")}, {})
            reason = f"path {name}={text!r:.30}"
            statuses = _NO_SUCH_PATH if is_number else _NO_SUCH_PATH | _VALIDATION
            yield Request(reason, path, content, kind, _headers(operation), statuses)


def _bad_queries(operation: Operation) -> Iterator[Request]:
    content, kind = _good_content(operation), JSON if operation.body else None

    def request(name: str, word: str | None) -> Request:
        path = _path(operation, {}, {name: word})
        reason = f"query {name}={word!r:.30}"
        return Request(reason, path, content, kind, _headers(operation), _VALIDATION, name)

    for name in operation.required_query:
        yield request(name, None)
    for name, schema in operation.query.items():
        for word in _bad_words(schema):
            yield request(name, word)
        twice = urlencode({name: good_value(schema)})
        path = _path(operation, {}, {name: good_value(schema)})
        yield replace(request(name, None), reason=f"query {name} twice", path=f"{path}&{twice}")
    if "cursor" in operation.query:
        for cursor in FORGED_CURSORS:
            yield request("cursor", cursor)
    if operation.query:
        yield request("gibt_es_nicht", "1")


def _bad_words(schema: JsonSchema) -> Iterator[str]:
    kind = kind_of(schema)
    if kind == "boolean":
        yield from ("", "ja", "1", "0", "None", "[]", "true\x00")
    if kind in {"integer", "number"}:
        yield from ("", "x", "1e3", "NaN", "Infinity", "9" * 400, "0x1", "١", "1 000", "1\x00")
        yield from (str(schema["minimum"] - 1), str(schema["maximum"] + 1))
    if kind == "integer":
        yield "1.5"
    if kind == "string":
        yield from (bad.value for bad in bad_values(schema) if _is_sendable(bad.value))


def _is_sendable(value: Any) -> bool:
    """A lone surrogate has no place in a URL, and every other type arrives as text there."""
    return isinstance(value, str) and "\ud800" not in value


def _bad_headers(operation: Operation) -> Iterator[Request]:
    path, content = _path(operation, {}, {}), _good_content(operation)
    if "If-Match" in operation.headers:
        for tag in ("x", "*", "1", '"x"', 'W/"1"', '"-1"', '"99999999999999"', '"1", "2"', '"1'):
            headers = _headers(operation, If_Match=tag)
            yield Request(f"If-Match {tag}", path, content, JSON, headers, frozenset({412}))
        yield Request("no If-Match", path, content, JSON, {}, frozenset({428}))
    if "Idempotency-Key" in operation.headers:
        for key in ("", "x" * 256):
            headers = _headers(operation, Idempotency_Key=key)
            reason, name = f"Idempotency-Key {key!r:.10}", "Idempotency-Key"
            yield Request(reason, path, content, JSON, headers, _VALIDATION, name)


def _bad_contents(operation: Operation) -> Iterator[Request]:
    path, headers, good = _path(operation, {}, {}), _headers(operation), _good_content(operation)

    def request(reason: str, content: bytes, status: int, kind: str | None = JSON) -> Request:
        at_fault = "body" if status in _VALIDATION else None
        return Request(reason, path, content, kind, headers, frozenset({status}), at_fault)

    for unreadable in (b"", b"{", b"\xff\xfe\xff", b"{'a': 1}", b'{"a": 1', b"{}{}", b"nil"):
        yield request(f"unreadable {unreadable!r}", unreadable, 400)
    yield request("deeply nested", b"[" * 200_000, 400)
    yield request("deeply nested object", b'{"a":' * 100_000, 400)
    yield request("endless number", b'{"a": ' + b"9" * 5000 + b"}", 400)
    yield request("too large", b'{"a": "' + b"x" * _LARGEST_BODY + b'"}', 413)
    for kind in (None, "text/plain", "application/x-www-form-urlencoded"):
        yield request(f"content type {kind}", good, 415, kind)
