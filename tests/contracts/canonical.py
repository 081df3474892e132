"""Two JSON values compared by what they say.

The order of keys and the way of writing a number do not matter, everything else does. The expected
value may hold placeholders; v1/README.md lists them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

OPEN = "*"
_NAME = re.compile(r"\{(\w+)\}")
_PLACEHOLDER = re.compile(r"<(\w+)(?: (.*))?>", re.DOTALL)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_NEAR = 0.1


@dataclass
class Memory:
    """What placeholders have met in a conversation, by name."""

    known: dict[str, Any] = field(default_factory=dict)

    def filled(self, value: Any) -> Any:
        """The value with what is remembered in the place of `{name}`. Raises KeyError."""
        if isinstance(value, str):
            alone = _NAME.fullmatch(value)
            if alone:
                return self.known[alone[1]]
            return _NAME.sub(lambda name: str(self.known[name[1]]), value)
        if isinstance(value, dict):
            return {key: self.filled(one) for key, one in value.items()}
        return [self.filled(one) for one in value] if isinstance(value, list) else value

    def is_the_same(self, name: str, value: Any) -> bool:
        return bool(self.known.setdefault(name, value) == value)


def differences(expected: Any, got: Any, memory: Memory, at: str = "body") -> Iterator[str]:
    """One sentence each, with the place in the value."""
    if isinstance(expected, dict) and isinstance(got, dict):
        yield from _different_objects(expected, got, memory, at)
    elif isinstance(expected, list) and isinstance(got, list):
        yield from _different_lists(expected, got, memory, at)
    elif isinstance(expected, str) and (placeholder := _PLACEHOLDER.fullmatch(expected)):
        if not _fits(placeholder[1], placeholder[2] or "", got, memory):
            yield f"{at}: expected {expected}, got {got!r}"
    elif not _equal(expected, got):
        yield f"{at}: expected {expected!r}, got {got!r}"


def _different_objects(
    expected: dict[str, Any], got: dict[str, Any], memory: Memory, at: str
) -> Iterator[str]:
    promised = expected.keys() - {OPEN}
    yield from (f"{at}.{key}: missing" for key in sorted(promised - got.keys()))
    if OPEN not in expected:
        yield from (f"{at}.{key}: not promised" for key in sorted(got.keys() - promised))
    for key in expected:
        if key in got and key != OPEN:
            yield from differences(expected[key], got[key], memory, f"{at}.{key}")


def _different_lists(expected: list[Any], got: list[Any], memory: Memory, at: str) -> Iterator[str]:
    if len(expected) != len(got):
        yield f"{at}: expected {len(expected)} items, got {len(got)}"
    for index, (one, other) in enumerate(zip(expected, got, strict=False)):
        yield from differences(one, other, memory, f"{at}[{index}]")


def _equal(expected: Any, got: Any) -> bool:
    """JSON's true is not 1, but its 30.0 is 30."""
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    return bool(expected == got)


def _fits(kind: str, rest: str, got: Any, memory: Memory) -> bool:
    if kind.isdecimal() and rest == "items":
        return isinstance(got, list) and len(got) == int(kind)
    if kind in _REMEMBERED:
        return _REMEMBERED[kind](got) and (not rest or memory.is_the_same(rest, got))
    return _KINDS[kind](got, rest)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_instant(value: Any) -> bool:
    return isinstance(value, str) and _INSTANT.fullmatch(value) is not None


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and _DAY.fullmatch(value) is not None


def _is_text(value: Any, rest: str) -> bool:
    """`rest` is `naming a and b`, or empty."""
    words = rest.removeprefix("naming ").split(" and ") if rest else []
    return (
        isinstance(value, str)
        and bool(value)
        and all(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", value) for word in words)
    )


_REMEMBERED: dict[str, Callable[[Any], bool]] = {
    "id": _is_id,
    "day": _is_day,
    "instant": _is_instant,
}
_KINDS: dict[str, Callable[[Any, str], bool]] = {
    "text": _is_text,
    "number": lambda got, _: _is_number(got),
    "about": lambda got, rest: _is_number(got) and abs(got - float(rest)) <= _NEAR,
    "seconds": lambda got, _: isinstance(got, str) and got.isdecimal() and int(got) > 0,
    "object": lambda got, _: isinstance(got, dict) and bool(got),
    "list": lambda got, _: isinstance(got, list),
    "anything": lambda _got, _rest: True,
}
