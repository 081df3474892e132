"""Ages as bands: narrow enough to judge a place, too wide to recognise a person."""

from dataclasses import dataclass
from datetime import date

from communication_service.domain.unknown import IMPLAUSIBLE, MISSING, Unknown

OLDEST_PLAUSIBLE_AGE = 120


@dataclass(frozen=True)
class AgeBand:
    """Whole years, both ends inclusive; `oldest` is None for the open band at the top."""

    youngest: int
    oldest: int | None


# Below 18 the bands follow school age; 18 to 20 may be treated as youth or as adult.
AGE_BANDS = (
    AgeBand(0, 6),
    AgeBand(7, 11),
    AgeBand(12, 14),
    AgeBand(15, 17),
    AgeBand(18, 20),
    AgeBand(21, 29),
    *(AgeBand(decade, decade + 9) for decade in range(30, 80, 10)),
    AgeBand(80, None),
)


def age_band(born: date | None, today: date) -> AgeBand | Unknown:
    if born is None:
        return MISSING
    age = age_in_years(born, today)
    if not 0 <= age <= OLDEST_PLAUSIBLE_AGE:
        return IMPLAUSIBLE
    return next(band for band in AGE_BANDS if band.oldest is None or age <= band.oldest)


def age_in_years(born: date, today: date) -> int:
    """Somebody born on 29 February grows older on 1 March in other years."""
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (0 if had_birthday else 1)
