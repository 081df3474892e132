"""Values that a schema forbids, each with the path of the field at fault and the reason."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.contracts.contract_reader import JsonSchema, is_nullable, kind_of
from tests.contracts.good_values import good_value, smallest_object

NAN, INFINITE = float("nan"), float("inf")
LITERALS = {"<1e999>": "1e999", "<4300 digits>": "9" * 4300}
"""Stand-ins for numbers that Python would not write."""

_CURSOR_CONTENTS: tuple[Any, ...] = (
    ["2026-01-01T00:00:00+00:00", True],
    ["2026-01-01T00:00:00", 1],
    ["0001-01-01T00:00:00+14:00", 1],
    ["9999-12-31T23:59:59-14:00", 1],
    [True, 1],
    {},
)
FORGED_CURSORS = [
    base64.urlsafe_b64encode(json.dumps(content).encode()).decode() for content in _CURSOR_CONTENTS
]

_WRONG_TYPES: dict[str, list[Any]] = {
    "string": [1, 1.5, True, [], {}, ["x"], {"x": 1}],
    "integer": ["1", "", 1.5, True, [], {}, NAN, INFINITE, 10**400, -(10**400), *LITERALS],
    "number": ["1", "", True, [], {}, NAN, INFINITE, -INFINITE, 10**400, *LITERALS],
    "boolean": ["true", "false", "", 0, 1, [], {}],
    "array": ["x", 1, True, {}, {"0": 1}],
    "object": ["x", 1, True, [], [{}], NAN],
}
_WRONG_FORMATS = {
    "date": [
        "",
        "x",
        "2026-02-30",
        "2026-13-01",
        "01.02.2026",
        "2026-1-1",
        "20260101",
        "0001-01-01",
        "9999-12-31",
        "2026-01-01T00:00:00Z",
        "٢٠٢٦-٠١-٠١",
    ],
    "date-time": [
        "",
        "x",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2026-02-30T00:00:00Z",
    ],
    "clock": ["", "x", "24:00", "9:05", "09:60", "09:05:00", "09:05Z", "٠٩:٠٥"],
    "uuid": ["", "x", "11111111-1111-4111-8111-11111111111g"],
    "email": ["x", "a@b", "a b@example.org", "a@example.org\r\nBcc: b@example.org", "a@@b.de"],
}
_WRONG_SCHEDULES: list[Any] = [
    {"someday": []},
    {"": []},
    {"monday": None},
    {"monday": {}},
    {"monday": ["morgens"]},
    {"monday": [{"start": "09:00"}]},
    {"monday": [{"start": "09:00", "end": "12:00", "room": 1}]},
    {"monday": [{"start": "25:00", "end": "26:00"}]},
    {"monday": [{"start": "12:00", "end": "09:00"}]},
    {"monday": [{"start": 9, "end": 12}]},
    {"monday": ["09:00-12:00", "11:00-13:00"]},
    {"monday": ["09:00-12:00"], "Mo": ["13:00-14:00"]},
    {"\x00": []},
]
_UNKNOWN_KEYS = ("gibt_es_nicht", "value", "key", "__class__", "\x00", "\ud800")


@dataclass(frozen=True)
class BadValue:
    """`path` is relative to the schema that the value was made for, "" for the value itself."""

    path: str
    reason: str
    value: Any


def bad_values(schema: JsonSchema) -> Iterator[BadValue]:
    kind = kind_of(schema)
    if not is_nullable(schema):
        yield BadValue("", "null", None)
    for value in _WRONG_TYPES[kind]:
        yield BadValue("", f"wrong type {value!r:.20}", value)
    yield from _BY_KIND[kind](schema)


def _bad_texts(schema: JsonSchema) -> Iterator[BadValue]:
    good = good_value(schema)
    yield BadValue("", "NUL", f"{good}\x00")
    yield BadValue("", "lone surrogate", f"\ud800{good}")
    if "maxLength" in schema:
        yield BadValue("", "too long", "x" * (schema["maxLength"] + 1))
        yield BadValue("", "far too long", "x" * 100_000)
    if schema.get("minLength"):
        yield BadValue("", "empty", "")
        yield BadValue("", "blank", "   ")
    if "enum" in schema:
        for word in ("gibt-es-nicht", "", f"{good}x"):
            yield BadValue("", f"bad enum {word!r}", word)
    if schema.get("pattern", "").endswith("$"):
        for text in ("", "x", f"{good}00", f"{good}\n1", "٥٢٠٦٢"):
            yield BadValue("", f"bad pattern {text!r}", text)
    for text in _WRONG_FORMATS.get(schema.get("format", ""), []):
        yield BadValue("", f"bad format {text!r}", text)


def _bad_numbers(schema: JsonSchema) -> Iterator[BadValue]:
    if "minimum" in schema:
        yield BadValue("", "too small", schema["minimum"] - 1)
        yield BadValue("", "far too small", -(2**63) - 1)
    if "maximum" in schema:
        yield BadValue("", "too large", schema["maximum"] + 1)
        yield BadValue("", "far too large", 2**63)


def _bad_flags(_schema: JsonSchema) -> Iterator[BadValue]:
    yield from ()


def _bad_lists(schema: JsonSchema) -> Iterator[BadValue]:
    items = schema["items"]
    good = smallest_object(items) if kind_of(items) == "object" else good_value(items)
    for bad in bad_values(items):
        yield BadValue(_join("[1]", bad.path), bad.reason, [good, bad.value])
    if "maxItems" in schema:
        yield BadValue("", "too many", [good] * (schema["maxItems"] + 1))
    if schema.get("minItems"):
        yield BadValue("", "too few", [])


def _bad_objects(schema: JsonSchema) -> Iterator[BadValue]:
    if "properties" not in schema:
        for value in _WRONG_SCHEDULES:
            yield BadValue("", f"bad schedule {value!r:.40}", value)
        return
    smallest = smallest_object(schema)
    for name in schema.get("required", ()):
        without = {key: value for key, value in smallest.items() if key != name}
        yield BadValue(name, "missing", without)
    for name, inner in schema["properties"].items():
        for bad in bad_values(inner):
            yield BadValue(_join(name, bad.path), bad.reason, {**smallest, name: bad.value})
    for name in _UNKNOWN_KEYS:
        yield BadValue(name, "unknown key", {**smallest, name: 1})


def _join(outer: str, inner: str) -> str:
    return f"{outer}{inner}" if not inner or inner.startswith("[") else f"{outer}.{inner}"


_BY_KIND = {
    "string": _bad_texts,
    "integer": _bad_numbers,
    "number": _bad_numbers,
    "boolean": _bad_flags,
    "array": _bad_lists,
    "object": _bad_objects,
}
