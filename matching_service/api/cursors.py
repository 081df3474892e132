"""Cursors of lists that are sorted by more than one column: the sort key of the last row shown."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from shared.http.fields import Text, invalid

_LARGEST = 2**63


def encode_key(key: Sequence[Any]) -> str:
    words = [one.isoformat() if isinstance(one, date) else one for one in key]
    return base64.urlsafe_b64encode(json.dumps(words).encode()).decode()


class KeyCursor(Text):
    """Loads as a tuple whose members are of exactly the types of `shape`."""

    def __init__(self, *shape: type) -> None:
        super().__init__(500, metadata={"description": "`next` der vorigen Seite"})
        self._shape = shape

    def _deserialize(  # type: ignore[override]
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> tuple[Any, ...]:
        word = super()._deserialize(value, attr, data, **kwargs)
        try:
            return self._key(json.loads(base64.urlsafe_b64decode(word.encode())))
        except (ValueError, TypeError, binascii.Error, RecursionError):
            raise invalid("wrong_format", "Kein Cursor dieser Liste.") from None

    def _key(self, words: Any) -> tuple[Any, ...]:
        if not isinstance(words, list):
            raise TypeError
        return tuple(_member(*one) for one in zip(words, self._shape, strict=True))


def _member(word: Any, kind: type) -> Any:
    """NaN and Infinity pass as JSON, and no database takes every number that Python reads."""
    if kind is date:
        return date.fromisoformat(word)
    right = type(word) is kind
    if not right or (kind in (int, float) and not -_LARGEST < word < _LARGEST):
        raise ValueError
    return word
