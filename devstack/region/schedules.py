"""Weekly schedules in the three spellings that occur."""

from random import Random

Hours = dict[int, list[tuple[str, str]]]

_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday")
_GERMAN = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag")
_SHORT = ("Mo", "Di", "Mi", "Do", "Fr")

_PHONE_SLOTS = (("08:00", "08:50"), ("09:00", "10:00"), ("12:00", "13:00"), ("16:30", "17:20"))
_AVAILABLE: tuple[Hours, ...] = (
    {day: [("08:00", "13:00")] for day in range(5)},
    {day: [("13:00", "18:00")] for day in range(5)},
    {day: [("08:00", "10:00"), ("15:00", "19:00")] for day in range(5)},
    {day: [("08:00", "18:00")] for day in (0, 2, 4)},
    {day: [("09:00", "14:00")] for day in (0, 1, 2, 3)},
    {day: [("09:00", "12:00"), ("13:00", "19:00")] for day in (1, 2, 3)},
)


def availability(rng: Random) -> dict[str, object]:
    """At least twenty hours a week."""
    return spelt(rng, rng.choice(_AVAILABLE))


def phone_hours(rng: Random) -> dict[str, object]:
    """Empty for one practice in five: nobody knows when to call."""
    if rng.random() < 0.2:
        return {}
    days = sorted(rng.sample(range(5), rng.randint(1, 3)))
    return spelt(rng, {day: sorted(rng.sample(_PHONE_SLOTS, rng.randint(1, 2))) for day in days})


def spelt(rng: Random, hours: Hours) -> dict[str, object]:
    spelling = rng.randrange(3)
    if spelling == 0:
        return {
            _ENGLISH[day]: [{"start": start, "end": end} for start, end in slots]
            for day, slots in hours.items()
        }
    names = _GERMAN if spelling == 1 else _SHORT
    return {names[day]: [f"{start}-{end}" for start, end in slots] for day, slots in hours.items()}
