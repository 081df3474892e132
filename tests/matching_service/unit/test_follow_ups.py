from datetime import UTC, date, datetime

import pytest

from matching_service.domain.follow_ups import FollowUp, FollowUps, accepted_before


@pytest.mark.parametrize(
    ("days", "today", "before"),
    [
        (14, date(2026, 11, 26), datetime(2026, 11, 12, 23, tzinfo=UTC)),
        (14, date(2026, 4, 5), datetime(2026, 3, 22, 23, tzinfo=UTC)),  # winter, then summer
        (1, date(2026, 7, 2), datetime(2026, 7, 1, 22, tzinfo=UTC)),
    ],
)
def test_the_days_since_an_acceptance_are_berlin_days(
    days: int, today: date, before: datetime
) -> None:
    assert accepted_before(days, today) == before


def test_a_first_meeting_is_asked_for_earlier_than_a_decision() -> None:
    waits = FollowUps()

    assert [waits.days(kind) for kind in FollowUp] == [14, 42]
