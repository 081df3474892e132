"""How far a therapist is, estimated offline: no router is asked while planning."""

from math import asin, ceil, sqrt
from typing import NamedTuple

from matching_service.domain.snapshots import Location, Place
from matching_service.domain.verdicts import MET, Unknown, Verdict, Violated, unknown

DEFAULT_LIMIT_KM = 30
VAGUE_PLACE_SPARE_KM = 15
EARTH_RADIUS_KM = 6371.0088
CAR_DETOUR = 1.3
TRANSIT_DETOUR = 1.5


class DistanceEstimate(NamedTuple):
    """`km` is rounded to 100 m: the figure that people see is the figure that decided."""

    km: float
    vague: bool  # one of the places is known only by its postcode prefix
    approximate: bool = True  # an estimate always is; only a routed distance would not be


def estimate_distance(
    origin: Place, destination: Place, travel_mode: str | None
) -> DistanceEstimate:
    km = great_circle_km(origin, destination) * detour_factor(travel_mode)
    vague = origin.precision == "approximate" or destination.precision == "approximate"
    return DistanceEstimate(round(km, 1), vague)


def distance_between(
    patient_place: Location, therapist_place: Location, travel_mode: str | None
) -> DistanceEstimate | None:
    if isinstance(patient_place, Place) and isinstance(therapist_place, Place):
        return estimate_distance(patient_place, therapist_place, travel_mode)
    return None


def judge_distance(
    patient_place: Location,
    therapist_place: Location,
    travel_mode: str | None,
    max_km: int | None,
) -> Verdict:
    if not isinstance(patient_place, Place):
        return unknown("place_unknown", "patient.place")
    if not isinstance(therapist_place, Place):
        return unknown("place_unknown", "therapist.place")
    estimate = estimate_distance(patient_place, therapist_place, travel_mode)
    limit = limit_km(max_km)
    return MET if _needed_km(estimate) <= limit else _too_far(estimate, limit)


def limit_km(max_km: int | None) -> int:
    return DEFAULT_LIMIT_KM if max_km is None else max_km


def detour_factor(travel_mode: str | None) -> float:
    """A travel mode that is not known counts as the longer way: it must pass by either."""
    return CAR_DETOUR if travel_mode == "car" else TRANSIT_DETOUR


def great_circle_km(one: Place, other: Place) -> float:
    x, y, z = one.on_sphere
    other_x, other_y, other_z = other.on_sphere
    dx, dy, dz = x - other_x, y - other_y, z - other_z
    return arc_km(dx * dx + dy * dy + dz * dz)


def arc_km(squared_chord: float) -> float:
    """From the square of the straight line through a globe of radius 1 to the way around it."""
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(squared_chord) / 2))


def _needed_km(estimate: DistanceEstimate) -> float:
    return estimate.km + VAGUE_PLACE_SPARE_KM if estimate.vague else estimate.km


def _too_far(estimate: DistanceEstimate, limit: int) -> Verdict:
    facts = {"distance_km": estimate.km, "limit_km": limit, "approximate": estimate.approximate}
    if estimate.km > limit:
        return Violated("too_far", facts, {"patient.max_km": ceil(_needed_km(estimate))})
    return Unknown("place_too_vague", {**facts, "missing": ("exact place",)})
