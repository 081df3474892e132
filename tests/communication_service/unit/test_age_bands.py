from datetime import date

import pytest

from communication_service.domain.age_bands import AGE_BANDS, AgeBand, age_band, age_in_years
from communication_service.domain.unknown import IMPLAUSIBLE, MISSING

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2026, 12, 1), AgeBand(0, 6)),
        (date(2019, 12, 2), AgeBand(0, 6)),
        (date(2019, 12, 1), AgeBand(7, 11)),
        (date(2011, 12, 2), AgeBand(12, 14)),
        (date(2011, 12, 1), AgeBand(15, 17)),
        (date(2008, 12, 2), AgeBand(15, 17)),
        (date(2008, 12, 1), AgeBand(18, 20)),
        (date(2005, 12, 1), AgeBand(21, 29)),
        (date(1996, 12, 2), AgeBand(21, 29)),
        (date(1996, 12, 1), AgeBand(30, 39)),
        (date(1946, 12, 2), AgeBand(70, 79)),
        (date(1946, 12, 1), AgeBand(80, None)),
        (date(1906, 12, 1), AgeBand(80, None)),
    ],
)
def test_a_birthday_moves_a_person_into_the_next_band(born: date, band: AgeBand) -> None:
    assert age_band(born, TODAY) == band


def test_the_bands_leave_no_year_out_and_none_twice() -> None:
    starts = [band.youngest for band in AGE_BANDS]
    ends = [band.oldest for band in AGE_BANDS]
    assert starts == [0] + [end + 1 for end in ends if end is not None]
    assert ends[-1] is None


def test_no_birth_date_is_unknown_and_not_age_zero() -> None:
    assert age_band(None, TODAY) == MISSING


@pytest.mark.parametrize("born", [date(2026, 12, 2), date(1905, 12, 1)])
def test_an_impossible_birth_date_is_unknown(born: date) -> None:
    assert age_band(born, TODAY) == IMPLAUSIBLE


@pytest.mark.parametrize(("today", "age"), [(date(2026, 2, 28), 17), (date(2026, 3, 1), 18)])
def test_a_leap_day_child_grows_older_on_the_first_of_march(today: date, age: int) -> None:
    assert age_in_years(date(2008, 2, 29), today) == age
