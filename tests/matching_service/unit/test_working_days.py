from datetime import UTC, datetime

import pytest

from matching_service.domain.working_days import after_working_days


@pytest.mark.parametrize(
    ("start", "days", "ends"),
    [
        ("2026-11-23T09:00", 3, "2026-11-26T23:00"),  # Monday: the end of Thursday
        ("2026-11-26T09:00", 3, "2026-12-01T23:00"),  # Thursday: over the weekend
        ("2026-11-28T09:00", 3, "2026-12-02T23:00"),  # Saturday counts from Monday
        ("2026-11-23T23:30", 3, "2026-11-27T23:00"),  # Tuesday already in Berlin
        ("2026-10-22T09:00", 3, "2026-10-27T23:00"),  # over the change to winter time
        ("2026-11-23T09:00", 0, "2026-11-23T23:00"),
        ("2026-12-23T09:00", 3, "2026-12-29T23:00"),  # Christmas and a weekend between
        ("2026-04-01T09:00", 3, "2026-04-08T22:00"),  # Good Friday and Easter Monday
        ("2026-10-30T09:00", 1, "2026-11-02T23:00"),  # Allerheiligen is a day like others
    ],
)
def test_a_deadline_is_the_end_of_a_berlin_working_day(start: str, days: int, ends: str) -> None:
    begun, ended = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, ends))

    assert after_working_days(begun, days) == ended
