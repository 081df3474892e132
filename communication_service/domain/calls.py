"""What a call about an inquiry leads to. Nobody is called for ever."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from shared.contracts.berlin import berlin_midnight


class CallStatus(StrEnum):
    SCHEDULED = "scheduled"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


class CallOutcome(StrEnum):
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    CALL_BACK = "call_back"
    REFUSED_CONTACT = "refused_contact"


class CallReason(StrEnum):
    """Why an inquiry is called about."""

    NO_ANSWER = "no_answer"
    NO_EMAIL = "no_email"
    NOT_REACHED = "not_reached"
    CALL_BACK = "call_back"


MADE = (CallStatus.COMPLETED, CallStatus.FAILED)
STATUS_AFTER = {
    CallOutcome.REACHED: CallStatus.COMPLETED,
    CallOutcome.NOT_REACHED: CallStatus.FAILED,
    CallOutcome.CALL_BACK: CallStatus.COMPLETED,
    CallOutcome.REFUSED_CONTACT: CallStatus.COMPLETED,
}


@dataclass(frozen=True)
class FollowUpRules:
    """`after`: from the mail to the first call; `retry`: from one attempt to the next."""

    after: timedelta
    attempts: int
    retry: timedelta


@dataclass(frozen=True)
class CallAgain:
    reason: CallReason
    not_before: datetime


@dataclass(frozen=True)
class NoMoreCalls:
    """`given_up`: nobody was reached, and this was the last attempt."""

    given_up: bool = False


def after_call(
    outcome: CallOutcome,
    missed: int,
    call_back_on: date | None,
    rules: FollowUpRules,
    now: datetime,
) -> CallAgain | NoMoreCalls:
    """`missed`: attempts that reached nobody, this one not counted."""
    match outcome:
        case CallOutcome.CALL_BACK:
            wished = berlin_midnight(call_back_on) if call_back_on else now + rules.retry
            return CallAgain(CallReason.CALL_BACK, max(wished, now))
        case CallOutcome.NOT_REACHED if missed + 1 < rules.attempts:
            return CallAgain(CallReason.NOT_REACHED, now + rules.retry)
        case CallOutcome.NOT_REACHED:
            return NoMoreCalls(given_up=True)
    return NoMoreCalls()
