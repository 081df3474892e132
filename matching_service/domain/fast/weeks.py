"""Weekly times as bits of half hours: one word a day, and two readings of it.

`full`: half hours that are free from beginning to end; two in a row hold a session for certain.
`touched`: half hours of which any minute is free; without two in a row in common there is none for
certain. Between the two, which happens only where times do not fall on half hours, the rule itself
has to be asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching_service.domain.availability import DAY_STRIDE, Availability, WeeklySchedule

DAYS, HALF_HOURS, MINUTES = 7, 48, 30
_BYTES = (DAYS * DAY_STRIDE + 7) // 8
_AT_ONCE = 2_000  # a week is ten thousand bits: more at once would be a matter of memory

Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Weeks:
    """Shapes (people, 7), (people, 7), (people,)."""

    full: Words
    touched: Words
    known: NDArray[np.bool_]


def weeks_of(schedules: Sequence[Availability]) -> Weeks:
    known = np.array([isinstance(one, WeeklySchedule) for one in schedules], np.bool_)
    full = np.zeros((len(schedules), DAYS), np.uint64)
    touched = np.zeros((len(schedules), DAYS), np.uint64)
    for begin in range(0, len(schedules), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        minutes = _minutes(schedules[part])
        full[part] = _words(np.all(minutes, axis=3))
        touched[part] = _words(np.any(minutes, axis=3))
    return Weeks(full, touched, known)


def _minutes(schedules: Sequence[Availability]) -> NDArray[np.uint8]:
    """Shape (people, 7, 48, 30)."""
    weeks = b"".join(
        (one.free_minutes if isinstance(one, WeeklySchedule) else 0).to_bytes(_BYTES, "little")
        for one in schedules
    )
    packed = np.frombuffer(weeks, np.uint8).reshape(len(schedules), _BYTES)
    bits = np.unpackbits(packed, axis=1, bitorder="little")[:, : DAYS * DAY_STRIDE]
    days = bits.reshape(len(schedules), DAYS, DAY_STRIDE)[:, :, : HALF_HOURS * MINUTES]
    return days.reshape(len(schedules), DAYS, HALF_HOURS, MINUTES)


def _words(bits: Any) -> Words:
    place = np.uint64(1) << np.arange(HALF_HOURS, dtype=np.uint64)
    words: Words = (bits * place).sum(axis=2, dtype=np.uint64)
    return words
