"""Cursors of lists that are sorted by more than one column: the sort key of the last row shown."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from shared.http.problems import field_error

_LARGEST = 2**63


def encode_key(key: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def decode_key(cursor: str, *shape: type) -> tuple[Any, ...]:
    """Refuses a cursor that is not a key of this shape: every member of exactly that type."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        members = tuple(key) if isinstance(key, list) else ()
        fits = tuple(type(member) for member in members) == shape
        if not fits or not all(_storable(member) for member in members):
            raise ValueError
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise field_error("cursor", "wrong_format", "Kein Cursor dieser Liste.") from None
    return members


def _storable(member: Any) -> bool:
    """NaN and Infinity pass as JSON here, and no database takes every number that Python reads."""
    return not isinstance(member, int | float) or -_LARGEST < member < _LARGEST
