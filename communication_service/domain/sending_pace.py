"""How fast mails go out: all together, and to one provider.

A limit delays a mail and never ends it.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FIRST_HOLD, LONGEST_HOLD = timedelta(minutes=1), timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_AT_ONCE = timedelta(0)
_POLICY = re.compile(r"\b4\.7\.[0-9]{1,3}\b")


class Slowed(StrEnum):
    """Who wants to hear less of us: a provider, or our own mail server."""

    PROVIDER = "provider"
    RELAY = "relay"


@dataclass(frozen=True)
class PaceLimits:
    """Mails a minute; 0: as many as there are."""

    of_all: int
    of_provider: int

    def gap_of_all(self) -> timedelta:
        return _gap(self.of_all)

    def gap_of_provider(self) -> timedelta:
        return _gap(self.of_provider)


def _gap(per_minute: int) -> timedelta:
    return _MINUTE / per_minute if per_minute else _AT_ONCE


def is_throttled(code: int, text: str) -> bool:
    """Whether a refusal for now is about how much we send and not about this mail: 421 (busy),
    450 (grey-listing, too), and 451 for reasons of policy (RFC 3463: 4.7.x)."""
    return code in (421, 450) or (code == 451 and _POLICY.search(text) is not None)


def held_until(holds: int, chance: float, now: datetime) -> datetime:
    """After so many holds in a row, this one included (≥ 1): doubling, at most an hour.

    `chance` (0 to 1) spreads it from half to one and a half times that, so that those who were
    refused together do not come back together.
    """
    full = min(FIRST_HOLD * (1 << min(holds - 1, 10)), LONGEST_HOLD)
    return now + full * (0.5 + chance)
