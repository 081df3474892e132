"""Who may use what is new: a flag, a share of the users, and exceptions by name."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

BUNDLE_MATCHING = "bundle_matching"


class Why(StrEnum):
    """What decided, in the order in which it is asked."""

    DISABLED = "disabled"
    OVERRIDE = "override"
    ROLLOUT = "rollout"


@dataclass(frozen=True)
class Flag:
    """`rollout_percentage` of all users are in, 0 to 100; the same ones every time."""

    name: str
    enabled: bool
    rollout_percentage: int
    override_users: Collection[str]


def is_on(flag: Flag, user: str) -> tuple[bool, Why]:
    """A flag that is off is off for everybody. Whoever is in at some share stays in at a larger."""
    if not flag.enabled:
        return False, Why.DISABLED
    if user in flag.override_users:
        return True, Why.OVERRIDE
    return _place(flag.name, user) < flag.rollout_percentage, Why.ROLLOUT


def _place(flag: str, user: str) -> int:
    """0 to 99, evenly, and another for another flag: nobody is always among the first."""
    digest = hashlib.sha256(f"{flag}:{user}".encode()).digest()
    return int.from_bytes(digest[:8]) % 100
