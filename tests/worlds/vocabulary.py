"""What people of tiny worlds are like: the usual value of each field, and the odd ones.

Where a spelling carries a meaning that a rule has to read out of it (a week, a diagnosis), the
meaning stands beside it, written down by hand: the judge reads it there and nowhere else.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from matching_service.domain.availability import Availability, read_schedule
from matching_service.domain.snapshots import AnswerRecord, Location, Place, UnknownPlace

Values = tuple[Any, ...]
Oddities = Mapping[str, Values]

NOWS = (
    datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # the hour that comes twice
    datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC),  # the last second of a day of 25 hours
    datetime(2027, 3, 27, 23, 0, tzinfo=UTC),  # the first instant of a day of 23 hours
    datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 30, tzinfo=UTC),  # the next year already, in Berlin
    datetime(2027, 2, 28, 12, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
)

Week = tuple[tuple[str, int, int], ...]
"""(day, from, to), in minutes of that day."""

MORNINGS: Week = tuple((day, 480, 780) for day in ("monday", "tuesday", "wednesday", "thursday"))
WEEKS: tuple[Week, ...] = (
    MORNINGS,
    (("monday", 480, 530),),  # one session exactly
    (("monday", 487, 537),),
    (("monday", 490, 539),),  # a minute short
    (("monday", 510, 560), ("friday", 840, 900)),
    (("monday", 730, 780),),
    (("monday", 731, 781),),  # shares 49 minutes with the mornings
    (("monday", 480, 505), ("monday", 505, 530)),  # touching: one stretch
    (("monday", 480, 520), ("monday", 540, 580)),  # two gaps, neither long enough
    (("tuesday", 480, 600), ("tuesday", 500, 780)),
    (("friday", 840, 1080),),
    (("friday", 865, 915), ("saturday", 0, 1440)),
    (("sunday", 1390, 1440),),
    (("sunday", 1410, 1440), ("monday", 0, 30)),  # over midnight
)
_NO_WEEKS: tuple[object, ...] = (
    None,
    {"monday": []},
    {"montag": [{"start": "09:00", "end": "12:00"}]},
    {"monday": [{"start": "12:00", "end": "09:00"}]},
)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _availability(week: Week) -> Availability:
    canonical: dict[str, list[dict[str, str]]] = {}
    for day, start, end in week:
        canonical.setdefault(day, []).append({"start": _clock(start), "end": _clock(end)})
    return read_schedule(canonical)


WEEK_BEHIND: dict[Availability, Week | None] = {
    **{_availability(week): week for week in WEEKS},
    **{read_schedule(nothing): None for nothing in _NO_WEEKS},
}
"""What an availability was read from; None: nothing that could be read."""

CODES_BEHIND: dict[str | None, tuple[str, ...]] = {
    None: (),
    "": (),
    "Burnout": (),
    "F3": (),
    "F321": (),
    "F32.1": ("F32.1",),
    "f32.1 G": ("F32.1",),
    "F32": ("F32",),
    "F33.10": ("F33.10",),
    "F41.0, F43.2": ("F41.0", "F43.2"),
    "Z73; F32.-": ("Z73", "F32"),
    "F60.31": ("F60.31",),
}
"""By a patient's diagnosis: the ICD-10 codes in it."""

WISH_BEHIND: dict[str, tuple[str, ...] | None] = {
    "F32": ("F32",),
    "f32": ("F32",),
    "F32.1": ("F32.1",),
    "F32.-": ("F32",),
    "F33.1": ("F33.1",),
    "F40": ("F40",),
    "F30-F39": tuple(f"F{number}" for number in range(30, 40)),
    "F40.- – F48.-": tuple(f"F{number}" for number in range(40, 49)),
    "Depression": None,
    "": None,
}
"""By an entry of a therapist's preferred diagnoses; None: nobody can say what was meant."""

_KM_PER_DEGREE = 6371.0088 * 3.141592653589793 / 180
KOELN = Place(50.9375, 6.9603, "exact")
_LIMITS = (5, 15, 30)
_BESIDE_A_LIMIT = (-15.06, -15.04, -15.0, -0.06, 0.0, 0.04, 0.06)  # the last is rounded upward


def north_of_koeln(km: float, precision: Any = "exact") -> Place:
    return Place(KOELN.latitude + km / _KM_PER_DEGREE, KOELN.longitude, precision)


def _practices() -> tuple[Location, ...]:
    ways = {limit + beside for limit in _LIMITS for beside in _BESIDE_A_LIMIT}
    kilometres = sorted(way / detour for way in ways if way > 0 for detour in (1.3, 1.5))
    near = [
        north_of_koeln(km, precision) for km in kilometres for precision in ("exact", "approximate")
    ]
    unknown = [UnknownPlace("unknown"), UnknownPlace("pending")]
    return (*near, *unknown * 3, KOELN, north_of_koeln(0, "approximate"), north_of_koeln(200))


LANGUAGES: Values = (
    (),
    ("Deutsch",),
    ("Türkisch",),
    (" türkisch", "Englisch"),
    ("DEUTSCH", "Farsi"),
)
PROCEDURES = (
    "Verhaltenstherapie",
    "Systemische Therapie",
    "Analytische Psychotherapie",
)
GENDERS: Values = ("männlich", "weiblich", "divers", "keine_Angabe", None, "unbekannt")
GENDER_WISHES: Values = ("male", "female", "any", None, "weiblich")


def born(years: int, today: date, days: int = 0) -> date:
    """Whoever turns `years` in so many days."""
    day = today + timedelta(days=days)
    return date(day.year - years, day.month, min(day.day, 28) if day.month == 2 else day.day)


@cache
def patient_oddities(today: date) -> Oddities:
    ages = tuple(born(years, today, days) for years in (18, 21, 66) for days in (-1, 0, 1))
    return {
        "place": (
            Place(50.9375, 6.9603, "approximate"),
            Place(50.99, 7.07, "exact"),
            Place(50.99, 7.07, "approximate"),
            UnknownPlace("pending"),
        ),
        "max_km": (None, 0, 5, 14, 15, 31, 100),
        "travel_mode": ("transit", None, "Fahrrad", "CAR"),
        "geschlecht": GENDERS,
        "geburtsdatum": (*ages, None, date(2008, 2, 29), date(2006, 2, 28)),
        "diagnose": tuple(CODES_BEHIND),
        "versicherungsart": ("privat", "selbstzahler", "kostenerstattung", None, "beihilfe"),
        "sprachen": LANGUAGES[1:],
        "verfahren": ("Egal", "", *PROCEDURES, "Hypnose"),
        "therapist_gender_preference": GENDER_WISHES,
        "group_ok": (True, None),
        "only_group": (True,),
        "availability": tuple(WEEK_BEHIND),
        "excluded_therapists": (frozenset({10}), frozenset({20, 30})),
    }


@cache
def search_oddities(now: datetime, today: date) -> Oddities:
    """`waiting_since` is no oddity: nobody waits as long as another."""
    return {
        "status": ("paused", "in_sessions", "abandoned", "wartend"),
        "remaining_contacts": (-1, 0, 1, 1, 2, 3),
        "open_inquiries": (1, 2, 3),
        "last_inquiry_on": tuple(today - timedelta(days=days) for days in (0, 13, 14, 60)),
        "excluded_therapists": (frozenset({10}), frozenset({20, 40})),
        "waiting_since": (
            now - timedelta(days=30),
            now - timedelta(days=30) + timedelta(seconds=1),
            now + timedelta(hours=1),
            datetime(today.year - 1, today.month, 1, 22, 59, 59, tzinfo=UTC),
        ),
    }


@cache
def therapist_oddities(today: date) -> Oddities:
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    return {
        "place": _practices(),
        "kassensitz": (False, None),
        "geschlecht": GENDERS,
        "verfahren": (None, (), *((one,) for one in PROCEDURES), PROCEDURES[:2]),
        "altersgruppe": ("kinder_jugendliche", "beide", None, "alle"),
        "sprachen": (None, *LANGUAGES),
        "preferred_diagnoses": (
            None,
            (),
            *((one,) for one in WISH_BEHIND),
            ("F40", "Depression"),
            ("F33.1", "F40.- – F48.-"),
        ),
        "age_min": (None, 0, 17, 21, 37),
        "age_max": (None, 0, 17, 20, 35),
        "gender_preference": GENDER_WISHES,
        "group_therapy_preference": (True, None),
        "working_hours": tuple(WEEK_BEHIND),
        "potentially_available": (True,),
        "free_from": (yesterday, today, tomorrow),
        "record": (AnswerRecord(4, 4, 10, 9), AnswerRecord(6, 0, 0, 0), AnswerRecord(3, 1, 3, 0)),
        "plz": (None, "50", "99999"),
    }


@cache
def contact_oddities(today: date) -> Oddities:
    """Of therapists as well: most of these stand in the way of asking at all."""
    days = (today - timedelta(days=1), today, today + timedelta(days=1))
    return {
        "status": ("gesperrt", "inaktiv", None, "Aktiv"),
        "has_email": (False,),
        "has_phone": (False,),
        "kontakt_wieder_ab": days,
        "opted_out": (True,),
        "next_contactable_date": days,
        "mail_possible_on": days,
        "has_open_inquiry": (True,),
    }
