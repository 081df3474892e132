"""Invented therapists and patients of a region, as the planner sees them.

Places lie around towns, weekly times are whole half hours, and everybody is in statutory care.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.random import Generator

from matching_service.domain.availability import WEEKDAYS, Availability, read_schedule
from matching_service.domain.snapshots import (
    PatientSnapshot,
    Place,
    SearchSnapshot,
    TherapistSnapshot,
)
from matching_service.simulation.scenario import Region, SearchMix, Shares, TherapistMix

FIRST_DAY = date(2026, 1, 1)
CATEGORIES = (
    "F10", "F20", "F31", "F32", "F33", "F34", "F40", "F41",
    "F42", "F43", "F44", "F45", "F48", "F50", "F60", "F90",
)  # fmt: skip
KM_PER_DEGREE = 111.2
LATEST_HALF_HOUR = 42  # 21:00


def invent_therapists(
    mix: TherapistMix, region: Region, capacity: Sequence[float], dice: Generator
) -> list[TherapistSnapshot]:
    """`capacity`: mean free places of each; who has more than the median may say so."""
    places = _places(region, [town.therapists for town in region.towns], mix.number, dice)
    median = float(np.median(capacity))
    return [
        _therapist(number, mix, places[number], capacity[number] > median, dice)
        for number in range(mix.number)
    ]


def invent_searches(
    mix: SearchMix, region: Region, arrivals: Sequence[float], dice: Generator
) -> list[SearchSnapshot]:
    """One for each arrival, in days after the first."""
    places = _places(region, [town.searches for town in region.towns], len(arrivals), dice)
    return [
        SearchSnapshot(
            search_id=number,
            patient=_patient(number, mix, places[number], dice),
            waiting_since=moment(arrival),
        )
        for number, arrival in enumerate(arrivals)
    ]


def moment(day: float) -> datetime:
    """Between 6 and 18 o'clock of that day, so that it is the same day in Berlin."""
    begin = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 6, tzinfo=UTC)
    return begin + timedelta(days=int(day), hours=12.0 * (day - int(day)))


def _therapist(
    number: int, mix: TherapistMix, place: Place, has_room: bool, dice: Generator
) -> TherapistSnapshot:
    children = _chance(dice, mix.for_children)
    return TherapistSnapshot(
        therapist_id=number,
        mailbox_id=number,
        status="aktiv",
        place=place,
        plz="50",
        kassensitz=True,
        geschlecht="weiblich" if _chance(dice, mix.female) else "männlich",
        verfahren=(_pick(dice, mix.procedures),),
        altersgruppe="kinder_jugendliche" if children else "erwachsene",
        has_email=True,
        potentially_available=_chance(dice, mix.state_capacity) and has_room,
        preferred_diagnoses=_diagnoses_wanted(mix, dice),
        age_max=65 if _chance(dice, mix.up_to_65_only) and not children else None,
        gender_preference=_pick(dice, {"male": mix.want_men, "female": mix.want_women}, "any"),
        group_therapy_preference=_chance(dice, mix.want_groups) or None,
        working_hours=_week(dice, 0.85, 0.05, range(16, 22), range(8, 20)),
    )


def _patient(number: int, mix: SearchMix, place: Place, dice: Generator) -> PatientSnapshot:
    wishes = {"male": mix.want_male_therapist, "female": mix.want_female_therapist}
    return PatientSnapshot(
        patient_id=number,
        status="auf der Suche",
        place=place,
        max_km=int(_pick(dice, mix.max_km)),
        travel_mode="transit" if _chance(dice, mix.by_transit) else "car",
        geschlecht="weiblich" if _chance(dice, mix.female) else "männlich",
        geburtsdatum=_birthday(mix, dice),
        diagnose=_diagnosis(dice),
        versicherungsart="gesetzlich",
        verfahren=_pick(dice, mix.procedures),
        therapist_gender_preference=_pick(dice, wishes, "any"),
        group_ok=_chance(dice, mix.open_to_groups),
        availability=_week(dice, 0.7, 0.25, (16, 18, 24, 28, 32, 34, 36), (4, 6, 8, 12, 16, 20)),
    )


def _places(region: Region, weights: Sequence[float], number: int, dice: Generator) -> list[Place]:
    shares = np.array(weights) / sum(weights)
    towns = [region.towns[at] for at in dice.choice(len(shares), number, p=shares)]
    return [
        _place_near(town.latitude, town.longitude, town.spread_km, region, dice) for town in towns
    ]


def _place_near(
    latitude: float, longitude: float, spread_km: float, region: Region, dice: Generator
) -> Place:
    north, east = dice.normal(0.0, spread_km / KM_PER_DEGREE, 2)
    narrowed = float(np.cos(np.radians(latitude)))
    return Place(
        min(max(latitude + float(north), region.south), region.north),
        min(max(longitude + float(east) / narrowed, region.west), region.east),
        "exact",
    )


def _diagnoses_wanted(mix: TherapistMix, dice: Generator) -> tuple[str, ...]:
    listed = dice.random(len(CATEGORIES)) < mix.diagnoses_listed
    if not _chance(dice, mix.prefer_diagnoses):
        return ()
    return tuple(one for one, wanted in zip(CATEGORIES, listed, strict=True) if wanted)


def _diagnosis(dice: Generator) -> str:
    """Some are more frequent than others."""
    frequency = 1.0 / np.arange(1, len(CATEGORIES) + 1) ** 0.7
    at = dice.choice(len(CATEGORIES), p=frequency / frequency.sum())
    return f"{CATEGORIES[at]}.{dice.integers(3)}"


def _birthday(mix: SearchMix, dice: Generator) -> date:
    young, grown = int(dice.integers(5, 18)), min(max(float(dice.normal(38, 14)), 18.0), 88.0)
    years = young if _chance(dice, mix.under_18) else int(grown)
    return date(FIRST_DAY.year - 1 - years, 12, 1)


def _week(
    dice: Generator,
    on_weekdays: float,
    on_weekends: float,
    begins: Sequence[int],
    lengths: Sequence[int],
) -> Availability:
    """Begins and lengths in half hours."""
    slots = {}
    for at, day in enumerate(WEEKDAYS):
        begin, length = int(dice.choice(begins)), int(dice.choice(lengths))
        if _chance(dice, on_weekdays if at < 5 else on_weekends):
            end = min(begin + length, LATEST_HALF_HOUR)
            slots[day] = [{"start": _clock(begin), "end": _clock(end)}]
    return read_schedule(slots)


def _clock(half_hours: int) -> str:
    return f"{half_hours // 2:02d}:{half_hours % 2 * 30:02d}"


def _chance(dice: Generator, share: float) -> bool:
    return bool(dice.random() < share)


def _pick(dice: Generator, shares: Shares, otherwise: str | None = None) -> str:
    """`otherwise`: what the shares leave over."""
    place, reached, name = float(dice.random()), 0.0, otherwise
    for one, share in shares.items():
        reached += share
        if place < reached:
            return one
        name = otherwise or one
    assert name is not None
    return name
