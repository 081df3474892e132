"""What is measured, how it may be broken down, and what must not be told because so few are in it.

A number comes with both of its parts. What cannot be told is None with a reason, never 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from matching_service.domain.errors import FieldError, InvalidFields

FEWEST_PATIENTS = 5
"""A group of fewer patients is not told: a cell of one is a patient."""


class Unknown(StrEnum):
    """Why a number has no value."""

    NO_DATA = "no_data"
    TOO_FEW = "too_few"
    NOT_REACHED = "not_reached"
    NOT_BY_THIS = "not_by_this"


@dataclass(frozen=True, slots=True)
class Number:
    """`numerator` and `denominator` are None only where even they would tell too much, or where
    the measure knows no such group."""

    value: float | None
    numerator: int | None
    denominator: int | None
    reason: Unknown | None = None


HIDDEN = Number(None, None, None, Unknown.TOO_FEW)
NOT_BY_THIS = Number(None, None, None, Unknown.NOT_BY_THIS)


def share(numerator: int, denominator: int) -> Number:
    if denominator == 0:
        return Number(None, numerator, 0, Unknown.NO_DATA)
    return Number(numerator / denominator, numerator, denominator)


class EfficiencyBy(StrEnum):
    MONTH = "month"
    SIZE = "size"
    CHANNEL = "channel"


_BY_ANSWER = frozenset(EfficiencyBy)
_BY_SENDING = frozenset({EfficiencyBy.MONTH, EfficiencyBy.SIZE})
_BY_TIME = frozenset({EfficiencyBy.MONTH})

EFFICIENCY: Mapping[str, frozenset[EfficiencyBy]] = {
    "acceptance_rate": _BY_ANSWER,
    "accepted_per_bundle": _BY_ANSWER,
    "conflict_rate": _BY_ANSWER,
    "placed_per_inquiry": _BY_SENDING,
    "answered_within_7_days": _BY_SENDING,
    "answered_within_7_days_v1": _BY_TIME,
    "size_exceptions": _BY_SENDING,
    "multiple_acceptances": _BY_TIME,
    "show_rate": _BY_TIME,
    "creation_success": _BY_TIME,
    "parallel_inquiries": _BY_TIME,
    "staff_actions_per_placement": _BY_TIME,
    "cooling_violations": _BY_TIME,
}
"""Every measure with what it can be broken down by."""
COUNTS = frozenset({"cooling_violations"})
"""Measures whose value is how many, not which share."""


class PreferencesBy(StrEnum):
    THERAPIST = "therapist"
    DIAGNOSIS = "diagnosis"
    AGE = "age"
    GENDER = "gender"
    GROUP = "group"


class PlacementBy(StrEnum):
    MONTH = "month"
    INSURANCE = "insurance"
    REGION = "region"


CLOCKS = ("first_meeting", "therapy_start")
"""A patient waits for the first meeting, and for the therapy."""


@dataclass(frozen=True, slots=True)
class Period:
    """Berlin days, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, first: date | None, last: date | None, today: date) -> "Period":
        """Without `last` until today, without `first` a year. Raises InvalidFields."""
        last = last or today
        first = first or _a_year_before(last) + timedelta(days=1)
        if first > last:
            raise InvalidFields([FieldError("from", "after_to"), FieldError("to", "before_from")])
        return cls(first, last)


def _a_year_before(day: date) -> date:
    """The day before 29 February of a year ago is the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def to_hide(patients: Mapping[str, int]) -> frozenset[str]:
    """Groups that are not told, from how many patients are in each.

    A single hidden group could be reckoned from the total, so another, the smallest, goes with it.
    """
    few = {key for key, count in patients.items() if 0 < count < FEWEST_PATIENTS}
    others: Sequence[str] = sorted(patients.keys() - few, key=lambda key: (patients[key], key))
    if few and sum(patients[key] for key in few) < FEWEST_PATIENTS and others:
        few.add(others[0])
    return frozenset(few)
