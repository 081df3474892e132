"""What a call leads to, and how a practice that is to be called is read."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from communication_service.domain.calls import (
    CallAgain,
    CallOutcome,
    CallReason,
    FollowUpRules,
    NoMoreCalls,
    after_call,
)
from communication_service.domain.unknown import MISSING, UNRECOGNISED, Unknown
from communication_service.domain.weekly_times import Hours, WeeklySlot
from communication_service.gateways.practices import read_phone_hours, read_practice

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
RULES = FollowUpRules(after=timedelta(days=14), attempts=3, retry=timedelta(days=2))
IN_TWO_DAYS = CallAgain(CallReason.NOT_REACHED, NOW + timedelta(days=2))


@pytest.mark.parametrize(
    ("outcome", "missed", "call_back_on", "step"),
    [
        (CallOutcome.NOT_REACHED, 0, None, IN_TWO_DAYS),
        (CallOutcome.NOT_REACHED, 1, None, IN_TWO_DAYS),
        (CallOutcome.NOT_REACHED, 2, None, NoMoreCalls(given_up=True)),
        (CallOutcome.REACHED, 0, None, NoMoreCalls()),
        (CallOutcome.REFUSED_CONTACT, 2, None, NoMoreCalls()),
        (CallOutcome.CALL_BACK, 2, date(2026, 12, 1),
         CallAgain(CallReason.CALL_BACK, datetime(2026, 11, 30, 23, tzinfo=UTC))),
        (CallOutcome.CALL_BACK, 0, date(2026, 11, 26), CallAgain(CallReason.CALL_BACK, NOW)),
    ],
)  # fmt: skip
def test_three_calls_in_vain_are_the_last_and_a_wish_is_kept(
    outcome: CallOutcome, missed: int, call_back_on: date | None, step: CallAgain | NoMoreCalls
) -> None:
    assert after_call(outcome, missed, call_back_on, RULES, NOW) == step


MONDAY_MORNING = (WeeklySlot(0, Hours(9 * 60, 10 * 60 + 7)),)


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ({"monday": [{"start": "09:00", "end": "10:07"}]}, MONDAY_MORNING),
        ({"montag": ["09:00-10:07"]}, MONDAY_MORNING),
        ({"Mo": ["9:00 – 10:07"]}, MONDAY_MORNING),
        (None, MISSING),
        ({}, MISSING),
        ({"Mo": ["vormittags"]}, UNRECOGNISED),
        ("Mo 9-10", UNRECOGNISED),
    ],
)
def test_phone_hours_are_read_in_every_spelling_and_unknown_says_why(
    written: object, hours: tuple[WeeklySlot, ...] | Unknown
) -> None:
    assert read_phone_hours(written) == hours


@pytest.mark.parametrize(
    ("telefon", "phone"),
    [("0221 4710123", "+492214710123"), ("kommt noch", None), ("", None), (None, None)],
)
def test_a_practice_can_be_called_only_under_a_number(
    telefon: str | None, phone: str | None
) -> None:
    document: dict[str, Any] = {"id": 1, "vorname": "Petra", "nachname": "Praxis"}
    assert read_practice({**document, "telefon": telefon}).phone == phone
