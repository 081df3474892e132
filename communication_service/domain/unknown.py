"""What we do not know is a value of its own and says why."""

from dataclasses import dataclass
from enum import StrEnum


class UnknownReason(StrEnum):
    MISSING = "missing"
    IMPLAUSIBLE = "implausible"
    UNRECOGNISED = "unrecognised"


@dataclass(frozen=True)
class Unknown:
    reason: UnknownReason


MISSING = Unknown(UnknownReason.MISSING)
IMPLAUSIBLE = Unknown(UnknownReason.IMPLAUSIBLE)
UNRECOGNISED = Unknown(UnknownReason.UNRECOGNISED)
