from datetime import UTC, date, datetime, timedelta

import pytest

from matching_service.domain.cooling import next_contactable_date
from shared.contracts.berlin import berlin_day, berlin_midnight


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("responded_at", "days", "date_again"),
    [
        ("2026-11-23T09:00", 28, date(2026, 12, 21)),
        ("2026-11-23T22:59:59", 28, date(2026, 12, 21)),
        ("2026-11-23T23:00", 28, date(2026, 12, 22)),  # midnight has passed in Berlin (CET)
        ("2026-07-01T21:59:59", 28, date(2026, 7, 29)),
        ("2026-07-01T22:00", 28, date(2026, 7, 30)),  # and an hour earlier in summer (CEST)
        ("2027-03-01T12:00", 28, date(2027, 3, 29)),  # over the change to summer time
        ("2026-10-01T12:00", 28, date(2026, 10, 29)),  # and back
        ("2028-02-01T12:00", 28, date(2028, 2, 29)),
        ("2028-02-29T12:00", 28, date(2028, 3, 28)),
        ("2027-02-01T12:00", 28, date(2027, 3, 1)),
        ("2026-12-15T12:00", 28, date(2027, 1, 12)),
        ("2026-11-23T09:00", 14, date(2026, 12, 7)),
        ("2026-11-23T09:00", 0, date(2026, 11, 23)),
    ],
)
def test_cooling_counts_berlin_days_from_the_answer(
    responded_at: str, days: int, date_again: date
) -> None:
    assert next_contactable_date(utc(responded_at), days) == date_again


@pytest.mark.parametrize(
    ("known", "date_again"),
    [
        (None, date(2026, 12, 21)),
        (date(2026, 12, 20), date(2026, 12, 21)),
        (date(2027, 2, 1), date(2027, 2, 1)),
    ],
)
def test_an_answer_never_moves_a_known_date_forward(known: date | None, date_again: date) -> None:
    assert next_contactable_date(utc("2026-11-23T09:00"), 28, known) == date_again


@pytest.mark.parametrize(
    ("day", "begins"),
    [
        (date(2026, 12, 21), "2026-12-20T23:00"),
        (date(2026, 7, 29), "2026-07-28T22:00"),
        (date(2027, 3, 28), "2027-03-27T23:00"),  # clocks change at 02:00 that night
        (date(2027, 3, 29), "2027-03-28T22:00"),
        (date(2026, 10, 25), "2026-10-24T22:00"),
        (date(2026, 10, 26), "2026-10-25T23:00"),
        (date(2028, 2, 29), "2028-02-28T23:00"),
    ],
)
def test_a_day_begins_at_midnight_in_berlin(day: date, begins: str) -> None:
    midnight = berlin_midnight(day)

    assert midnight == utc(begins)
    assert berlin_day(midnight) == day
    assert berlin_day(midnight - timedelta(microseconds=1)) == day - timedelta(days=1)


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        berlin_day(datetime(2026, 11, 23, 9, 0))  # noqa: DTZ001
