"""Public holidays: the nine of all Germany, and those that only some of its Länder keep.

Days by the laws of the Länder as of 2026. Where only part of a Land rests (Fronleichnam in Sachsen
and Thüringen, Mariä Himmelfahrt in Bayern) all of it counts: nobody can be counted on there.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from functools import cache


class Land(StrEnum):
    BW = "BW"  # Baden-Württemberg
    BY = "BY"  # Bayern
    BE = "BE"  # Berlin
    BB = "BB"  # Brandenburg
    HB = "HB"  # Bremen
    HH = "HH"  # Hamburg
    HE = "HE"  # Hessen
    MV = "MV"  # Mecklenburg-Vorpommern
    NI = "NI"  # Niedersachsen
    NW = "NW"  # Nordrhein-Westfalen
    RP = "RP"  # Rheinland-Pfalz
    SL = "SL"  # Saarland
    SN = "SN"  # Sachsen
    ST = "ST"  # Sachsen-Anhalt
    SH = "SH"  # Schleswig-Holstein
    TH = "TH"  # Thüringen


def is_public_holiday(day: date, laender: Iterable[Land] = ()) -> bool:
    """In all Germany, or in one of these Länder."""
    return day in _everywhere(day.year) or any(day in _only_in(day.year, one) for one in laender)


@cache
def easter_sunday(year: int) -> date:
    """Of the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    leaps = century // 4
    shift = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leaps - shift + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    correction = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


@cache
def _everywhere(year: int) -> frozenset[date]:
    fixed = ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))
    good_friday, easter_monday, ascension, whit_monday = -2, 1, 39, 50
    moving = (good_friday, easter_monday, ascension, whit_monday)
    return frozenset(
        {date(year, *one) for one in fixed} | {_after_easter(year, days) for days in moving}
    )


@cache
def _only_in(year: int, land: Land) -> frozenset[date]:
    fixed = {date(year, *day) for day, laender in _FIXED.items() if land in laender}
    moving = {_after_easter(year, days) for days, laender in _MOVING.items() if land in laender}
    repentance = {_repentance_day(year)} if land is Land.SN else set()
    return frozenset(fixed | moving | repentance)


def _after_easter(year: int, days: int) -> date:
    return easter_sunday(year) + timedelta(days=days)


def _repentance_day(year: int) -> date:
    """Buß- und Bettag: the Wednesday before 23 November."""
    last = date(year, 11, 22)
    return last - timedelta(days=(last.weekday() - 2) % 7)


def _laender(codes: str) -> frozenset[Land]:
    return frozenset(Land(code) for code in codes.split())


_FIXED = {
    (1, 6): _laender("BW BY ST"),  # Heilige Drei Könige
    (3, 8): _laender("BE MV"),  # Frauentag
    (8, 15): _laender("BY SL"),  # Mariä Himmelfahrt
    (9, 20): _laender("TH"),  # Weltkindertag
    (10, 31): _laender("BB HB HH MV NI SH SN ST TH"),  # Reformationstag
    (11, 1): _laender("BW BY NW RP SL"),  # Allerheiligen
}
_MOVING = {
    0: _laender("BB"),  # Ostersonntag
    49: _laender("BB"),  # Pfingstsonntag
    60: _laender("BW BY HE NW RP SL SN TH"),  # Fronleichnam
}
