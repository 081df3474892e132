"""How far a search reaches, as a number that the loops can compare: the squared chord.

The rule rounds kilometres to 100 m before it compares. Here the limit is turned into the largest
distance that still rounds to it, and that into a chord through the globe. Within a billionth of the
limit the loops compute the rule's own figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import inf, nextafter, pi, sin

import numpy as np
from numpy.typing import NDArray

from matching_service.domain.distance import (
    EARTH_RADIUS_KM,
    VAGUE_PLACE_SPARE_KM,
    detour_factor,
    limit_km,
)
from matching_service.domain.snapshots import Place, SearchSnapshot

BAND = 1e-9
WHOLE_GLOBE = 5.0  # no chord is longer than 2
NOWHERE = -1.0


@dataclass(frozen=True, slots=True)
class Reaches:
    """Shapes (searches, 2), the second column for places that are vague, and (searches,)."""

    squared_chord: NDArray[np.float64]
    km: NDArray[np.float64]
    detour: NDArray[np.float64]


def reaches_of(searches: Sequence[SearchSnapshot]) -> Reaches:
    """Of searches whose place is known; a patient's own vague place counts in both columns."""
    detours = [detour_factor(one.patient.travel_mode) for one in searches]
    limits = [_limits(one) for one in searches]
    chords = [
        [squared_chord(km, detour) for km in both]
        for both, detour in zip(limits, detours, strict=True)
    ]
    return Reaches(
        np.array(chords, np.float64).reshape(len(searches), 2),
        np.array(limits, np.float64).reshape(len(searches), 2),
        np.array(detours, np.float64),
    )


def _limits(search: SearchSnapshot) -> tuple[float, float]:
    place, limit = search.patient.place, limit_km(search.patient.max_km)
    vague = largest_rounding_to(limit - VAGUE_PLACE_SPARE_KM)
    if isinstance(place, Place) and place.precision == "approximate":
        return vague, vague
    return largest_rounding_to(limit), vague


@cache
def largest_rounding_to(limit: int) -> float:
    """The largest number that is at most `limit` once rounded to one decimal place."""
    exact = Fraction(limit) + Fraction(1, 20)
    nearest = float(exact)
    return nearest if Fraction(nearest) < exact else nextafter(nearest, -inf)


@cache
def squared_chord(km: float, detour: float) -> float:
    angle = km / detour / EARTH_RADIUS_KM
    if angle < 0.0:
        return NOWHERE
    if angle >= pi:
        return WHOLE_GLOBE
    chord = 2.0 * sin(angle / 2.0)
    return chord * chord
