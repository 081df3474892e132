"""What happened to a run's events, as its tables and its carrier have recorded it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Change(NamedTuple):
    """What an event tells of: a row of the teller has reached this version."""

    key: str
    version: int


@dataclass(frozen=True)
class Parked:
    """`failed`: its own handler has failed, it does not only queue behind another."""

    change: Change
    failed: bool


@dataclass(frozen=True)
class History:
    """Sequences are in the order in which things happened.

    `versions` is the last version of each row that the teller has: it counts its commits from
    version 2 on, for every transaction adds one and tells of it.
    """

    versions: Mapping[str, int]
    waiting: Sequence[Change]
    carried: Sequence[Change]
    effects: Sequence[Change]
    parked: Sequence[Parked] = ()

    @property
    def told(self) -> list[Change]:
        return [Change(key, v) for key, last in self.versions.items() for v in range(2, last + 1)]
