"""After an acceptance somebody has to look whether it leads to a therapy."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from shared.contracts.berlin import berlin_midnight


class FollowUp(StrEnum):
    NO_FIRST_MEETING = "no_first_meeting"
    NO_DECISION = "no_decision"


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Berlin days between an acceptance and the task."""

    first_meeting_days: int = 14
    decision_days: int = 42

    def days(self, kind: FollowUp) -> int:
        first = kind is FollowUp.NO_FIRST_MEETING
        return self.first_meeting_days if first else self.decision_days


def accepted_before(days: int, today: date) -> datetime:
    """Acceptances before this instant are as many Berlin days old by `today`."""
    return berlin_midnight(today - timedelta(days=days - 1))
