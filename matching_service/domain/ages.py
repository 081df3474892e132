"""Ages in completed years."""

from datetime import date


def full_years(since: date, on: date) -> int:
    """Completed years; whoever was born on 29 February has a birthday on 1 March in common years.

    (§ 188 BGB: the year is complete at the end of 28 February.)
    """
    not_yet_this_year = (on.month, on.day) < (since.month, since.day)
    return on.year - since.year - not_yet_this_year
