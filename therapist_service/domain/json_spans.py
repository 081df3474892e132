"""Where in the bytes of a JSON document its parts lie.

Nothing is built while looking, so that a file costs its own size in memory and not twenty times
that; each part is decoded when its turn comes.
"""

import codecs
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
Value = TypeVar("Value")


class Malformed(ValueError):
    """This is no JSON, or not all of it."""


class DuplicateKey(ValueError):
    """An object says two things under one name; `str()` is the name."""


class UnreadableNumber(ValueError):
    """A number of more digits than anybody needs."""


@dataclass(frozen=True, slots=True)
class Span:
    """The value at `start`, ended before `end`; `depth` counts the brackets around its core."""

    start: int
    end: int
    depth: int

    @property
    def size(self) -> int:
        return self.end - self.start


def document(content: bytes) -> Span:
    """The only value of a document; a byte order mark before it is passed over."""
    found = value_at(content, _next(content, len(_MARK) if content.startswith(_MARK) else 0))
    if _next(content, found.end) != len(content):
        raise Malformed
    return found


def value_at(content: bytes, start: int) -> Span:
    if content[start : start + 1] in (b"{", b"["):
        return _bracketed(content, start)
    scalar = _SCALAR.match(content, start)
    if scalar is None:
        raise Malformed
    return Span(start, scalar.end(), 0)


def members(content: bytes, an_object: Span) -> Iterator[tuple[str, Span]]:
    """Names may come twice; see `once_each`."""
    return _separated(content, an_object.start, b"}", _member)


def elements(content: bytes, array: Span) -> Iterator[Span]:
    return _separated(content, array.start, b"]", _with_end)


def decoded(content: bytes, span: Span) -> object:
    """Raises Malformed, DuplicateKey, UnreadableNumber; the caller has looked at the depth."""
    try:
        text = content[span.start : span.end].decode()
        return _DECODER.decode(text)
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise Malformed from None
    except DuplicateKey:
        raise
    except ValueError:  # Python refuses to count so far
        raise UnreadableNumber from None


def once_each(pairs: Sequence[tuple[str, Value]]) -> dict[str, Value]:
    """Raises DuplicateKey."""
    found = dict(pairs)
    if len(found) < len(pairs):
        [(twice, _), *_] = Counter(name for name, _ in pairs).most_common(1)
        raise DuplicateKey(twice)
    return found


def encoding_fault(content: bytes) -> bool:
    """True for what is not UTF-8; a last character that is cut off is another fault."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _PIECE):
            decoder.decode(content[start : start + _PIECE])
    except UnicodeDecodeError:
        return True
    return False


_DECODER = json.JSONDecoder(object_pairs_hook=once_each)
_PIECE = 1024 * 1024
_MARK = b"\xef\xbb\xbf"
_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_SCALAR = re.compile(_STRING + rb'|[^\s"{}\[\],:]++', re.DOTALL)
_UP_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+([\[\]{}])", re.DOTALL)


def _next(content: bytes, position: int) -> int:
    space = _SPACE.match(content, position)
    return space.end() if space else position


def _bracketed(content: bytes, start: int) -> Span:
    depth = deepest = 0
    position = start
    while bracket := _UP_TO_BRACKET.match(content, position):
        position = bracket.end()
        if bracket[1] in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
            if depth == 0:
                return Span(start, position, deepest)
    raise Malformed


def _with_end(content: bytes, position: int) -> tuple[Span, int]:
    value = value_at(content, position)
    return value, value.end


def _member(content: bytes, position: int) -> tuple[tuple[str, Span], int]:
    if not content.startswith(b'"', position):
        raise Malformed
    name = value_at(content, position)
    colon = _next(content, name.end)
    if not content.startswith(b":", colon):
        raise Malformed
    value = value_at(content, _next(content, colon + 1))
    return (str(decoded(content, name)), value), value.end


def _separated(
    content: bytes, start: int, closing: bytes, read: Callable[[bytes, int], tuple[Item, int]]
) -> Iterator[Item]:
    """What `read` finds, item by item, between the bracket at `start` and its counterpart."""
    position = _next(content, start + 1)
    if content.startswith(closing, position):
        return
    while True:
        item, end = read(content, position)
        yield item
        separator = _next(content, end)
        if content.startswith(closing, separator):
            return
        if not content.startswith(b",", separator):
            raise Malformed
        position = _next(content, separator + 1)
