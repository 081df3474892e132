from datetime import date

import pytest

from matching_service.domain.analytics import Number, Period, Unknown, share, to_hide
from matching_service.domain.errors import InvalidFields

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, (date(2025, 11, 27), TODAY)),
        (None, date(2026, 3, 31), (date(2025, 4, 1), date(2026, 3, 31))),
        (None, date(2028, 2, 29), (date(2027, 3, 1), date(2028, 2, 29))),
        (date(2026, 11, 26), None, (TODAY, TODAY)),
        (date(2026, 1, 1), date(2026, 1, 31), (date(2026, 1, 1), date(2026, 1, 31))),
    ],
)
def test_a_period_is_a_year_until_today_unless_somebody_says_otherwise(
    first: date | None, last: date | None, expected: tuple[date, date]
) -> None:
    period = Period.of(first, last, TODAY)

    assert (period.first, period.last) == expected


def test_a_period_that_begins_tomorrow_has_no_end_yet() -> None:
    with pytest.raises(InvalidFields) as refusal:
        Period.of(date(2026, 11, 27), None, TODAY)

    assert [one.field for one in refusal.value.errors] == ["from", "to"]


def test_a_share_of_nothing_is_unknown() -> None:
    assert share(0, 0) == Number(None, 0, 0, Unknown.NO_DATA)
    assert share(0, 4) == Number(0.0, 0, 4)


@pytest.mark.parametrize(
    ("patients", "hidden"),
    [
        ({"F3": 9, "F4": 5}, set()),
        ({"F3": 9, "F4": 5, "F5": 4}, {"F5", "F4"}),  # else F5 is the total without the others
        ({"F3": 9, "F4": 5, "F5": 1, "F2": 3}, {"F5", "F2", "F4"}),  # together four: too few
        ({"F3": 9, "F5": 4, "F2": 1}, {"F5", "F2"}),  # together five
        ({"F5": 4}, {"F5"}),
        ({}, set()),
    ],
)
def test_groups_of_fewer_than_five_patients_are_hidden_and_cannot_be_reckoned(
    patients: dict[str, int], hidden: set[str]
) -> None:
    assert to_hide(patients) == hidden
