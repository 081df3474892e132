import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapist_service.domain.json_spans import (
    DuplicateKey,
    Malformed,
    UnreadableNumber,
    decoded,
    document,
    elements,
    members,
    once_each,
)

TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=20,
)


def rebuilt(content: bytes) -> Any:
    """The document again, from the spans of its parts."""
    whole = document(content)
    if content.startswith(b"{", whole.start):
        parts = once_each(list(members(content, whole)))
        return {name: decoded(content, span) for name, span in parts.items()}
    if content.startswith(b"[", whole.start):
        return [decoded(content, span) for span in elements(content, whole)]
    return decoded(content, whole)


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_every_document_is_found_again_part_by_part(
    value: Any, ascii_only: bool, indent: int | None
) -> None:
    content = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert rebuilt(content) == value


@given(JSON)
def test_a_document_that_is_cut_off_is_malformed(value: Any) -> None:
    content = json.dumps([value]).encode()
    for end in range(len(content)):
        with pytest.raises(Malformed):
            rebuilt(content[:end])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[1 2]",
        b"[1,]",
        b"[,1]",
        b"[1,,2]",
        b"[1]]",
        b"[1}",
        b'{"a" 1}',
        b'{"a":}',
        b'{"a":1,}',
        b"{a:1}",
        b"{[]:1}",
        b'["a]',
        b"[tru]",
        b'["\\q"]',
        b'["\xff"]',
        b'["' + b'\\"' * 100_000,
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_is_malformed(content: bytes) -> None:
    with pytest.raises(Malformed):
        rebuilt(content)


def test_two_things_under_one_name_are_named() -> None:
    with pytest.raises(DuplicateKey, match="a"):
        decoded(b'{"a":1,"b":2,"a":3}', document(b'{"a":1,"b":2,"a":3}'))


def test_a_number_that_nobody_can_count_to_is_no_json_error() -> None:
    content = b"9" * 5000
    with pytest.raises(UnreadableNumber):
        decoded(content, document(content))


@pytest.mark.parametrize(("content", "depth"), [(b"1", 0), (b"[]", 1), (b'[{"a":[1]},[]]', 3)])
def test_how_deep_a_value_is_nested_is_known_before_it_is_decoded(
    content: bytes, depth: int
) -> None:
    assert document(content).depth == depth
