"""Public holidays, held against the calendars that the Länder have printed."""

from datetime import date, timedelta

import pytest

from shared.contracts.public_holidays import Land, easter_sunday, is_public_holiday


@pytest.mark.parametrize(
    "easter",
    [
        *("1954-04-18", "1981-04-19", "2000-04-23", "2008-03-23", "2011-04-24", "2024-03-31"),
        *("2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2038-04-25", "2049-04-18"),
    ],
)
def test_easter_is_when_the_churches_keep_it(easter: str) -> None:
    day = date.fromisoformat(easter)

    assert easter_sunday(day.year) == day


def test_easter_is_a_sunday_between_22_march_and_25_april() -> None:
    for year in range(1900, 2200):
        easter = easter_sunday(year)
        assert easter.weekday() == 6
        assert date(year, 3, 22) <= easter <= date(year, 4, 25)


def test_nine_days_of_2026_are_holidays_everywhere() -> None:
    assert _holidays(2026) == [
        *("2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25"),
        *("2026-10-03", "2026-12-25", "2026-12-26"),
    ]


# Besides the nine; Brandenburg's two are Sundays.
OWN_DAYS_2026 = {
    Land.BW: ["2026-01-06", "2026-06-04", "2026-11-01"],
    Land.BY: ["2026-01-06", "2026-06-04", "2026-08-15", "2026-11-01"],
    Land.BE: ["2026-03-08"],
    Land.BB: ["2026-04-05", "2026-05-24", "2026-10-31"],
    Land.HB: ["2026-10-31"],
    Land.HH: ["2026-10-31"],
    Land.HE: ["2026-06-04"],
    Land.MV: ["2026-03-08", "2026-10-31"],
    Land.NI: ["2026-10-31"],
    Land.NW: ["2026-06-04", "2026-11-01"],
    Land.RP: ["2026-06-04", "2026-11-01"],
    Land.SL: ["2026-06-04", "2026-08-15", "2026-11-01"],
    Land.SN: ["2026-06-04", "2026-10-31", "2026-11-18"],
    Land.ST: ["2026-01-06", "2026-10-31"],
    Land.SH: ["2026-10-31"],
    Land.TH: ["2026-06-04", "2026-09-20", "2026-10-31"],
}


@pytest.mark.parametrize("land", Land)
def test_a_land_keeps_its_own_days_besides(land: Land) -> None:
    assert sorted(set(_holidays(2026, land)) - set(_holidays(2026))) == OWN_DAYS_2026[land]


@pytest.mark.parametrize(
    ("year", "day"), [(2022, 16), (2023, 22), (2024, 20), (2025, 19), (2026, 18), (2028, 22)]
)
def test_repentance_day_is_the_wednesday_before_23_november(year: int, day: int) -> None:
    assert is_public_holiday(date(year, 11, day), [Land.SN])
    assert date(year, 11, day).weekday() == 2
    assert not is_public_holiday(date(year, 11, day), [Land.TH])


def _holidays(year: int, *laender: Land) -> list[str]:
    days = (date(year, 1, 1) + timedelta(days=count) for count in range(365))
    return [str(day) for day in days if is_public_holiday(day, laender)]
