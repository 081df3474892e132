"""The comparison behind v1/ notices what a client would notice."""

from typing import Any

import pytest

from tests.contracts.canonical import Memory, differences

INSTANT = "2026-11-26T08:00:00Z"


def same(expected: Any, got: Any, **known: Any) -> bool:
    return not list(differences(expected, got, Memory(known)))


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (30, 30.0),
        (None, None),
        ([1, {"a": []}], [1, {"a": []}]),
        ({"a": 1, "*": "for a reason"}, {"a": 1, "b": 2}),
        ("<id>", 7),
        ("<day>", "2026-11-26"),
        ("<instant>", INSTANT),
        ("<instant>", "2026-11-26T08:00:00.123456Z"),
        ("<text>", "ja"),
        ("<text naming plz and ort>", "ort: fehlt; plz: falsch"),
        ("<about 81.7>", 81.74),
        ("<2 items>", [1, 2]),
        ("<id anna>", 7),
    ],
)
def test_what_says_the_same_is_the_same(expected: Any, got: Any) -> None:
    assert same(expected, got, anna=7)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ({"a": 1, "b": None}, {"a": 1}),
        ({"a": 1}, {"a": 1, "b": None}),
        ({"a": {"b": 1}}, {"a": {"b": 2}}),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        (1, True),
        (0, False),
        (True, "true"),
        (30, "30"),
        (None, ""),
        (None, False),
        ([], None),
        ("É", "E\N{COMBINING ACUTE ACCENT}"),
        ("<id>", 0),
        ("<id>", True),
        ("<id>", "7"),
        ("<instant>", "2026-11-26T08:00:00+00:00"),
        ("<day>", INSTANT),
        ("<instant>", "2026-11-26"),
        ("<text>", ""),
        ("<text naming lat>", "latitude: falsch"),
        ("<text naming plz and ort>", "plz: falsch"),
        ("<about 81.7>", 82),
        ("<number>", None),
        ("<2 items>", [1]),
        ("<object>", []),
        ("<id anna>", 8),
    ],
)
def test_what_says_something_else_is_different(expected: Any, got: Any) -> None:
    assert not same(expected, got, anna=7)


def test_a_name_is_remembered_from_its_first_appearance() -> None:
    memory = Memory()

    assert list(differences(["<id anna>", "<id anna>"], [7, 8], memory)) == [
        "body[1]: expected <id anna>, got 8"
    ]
    assert memory.filled({"a": "{anna}", "b": "/patients/{anna}"}) == {"a": 7, "b": "/patients/7"}
