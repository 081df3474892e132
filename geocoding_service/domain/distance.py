"""How far two places are apart by road or rail: estimated, or by a router's word."""

from dataclasses import dataclass
from enum import StrEnum
from math import asin, ceil, cos, radians, sin, sqrt
from typing import Literal

from geocoding_service.domain.places import Place, Precision, UnknownPlace


class TravelMode(StrEnum):
    CAR = "car"
    TRANSIT = "transit"


class DistanceSource(StrEnum):
    OSRM = "osrm"
    CACHE = "cache"
    HAVERSINE = "haversine"
    PLZ_CENTROIDS = "plz_centroids"


@dataclass(frozen=True, slots=True)
class Route:
    """What a router says; the way of a car."""

    metres: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Distance:
    """`precision` is that of the coarser end."""

    distance_km: float
    travel_time_minutes: int
    travel_mode: TravelMode
    precision: Precision
    source: DistanceSource

    @property
    def route_available(self) -> bool:
        return self.source in (DistanceSource.OSRM, DistanceSource.CACHE)

    @property
    def approximate(self) -> bool:
        """Unless it is a route from house or street to house or street."""
        addresses = self.precision in (Precision.POINT, Precision.STREET)
        return not (self.route_available and addresses)

    @property
    def status(self) -> Literal["exact", "approximate"]:
        return "approximate" if self.approximate else "exact"


@dataclass(frozen=True, slots=True)
class UnknownDistance:
    """Says for each end why it could not be placed; at least one end has a reason."""

    origin: UnknownPlace | None
    destination: UnknownPlace | None
    status: Literal["unknown"] = "unknown"


def distance_between(
    origin: Place | UnknownPlace, destination: Place | UnknownPlace, mode: TravelMode
) -> Distance | UnknownDistance:
    if isinstance(origin, UnknownPlace) or isinstance(destination, UnknownPlace):
        return UnknownDistance(_reason(origin), _reason(destination))
    return estimated_distance(origin, destination, mode)


def estimated_distance(origin: Place, destination: Place, mode: TravelMode) -> Distance:
    distance_km = great_circle_km(origin, destination) * DETOUR_FACTOR[mode]
    precision = _coarser(origin.precision, destination.precision)
    by_postcode = precision in (Precision.PLZ5, Precision.PLZ3)
    return Distance(
        distance_km=distance_km,
        travel_time_minutes=travel_time_minutes(distance_km, mode),
        travel_mode=mode,
        precision=precision,
        source=DistanceSource.PLZ_CENTROIDS if by_postcode else DistanceSource.HAVERSINE,
    )


def routed_distance(
    origin: Place, destination: Place, route: Route, source: DistanceSource
) -> Distance:
    return Distance(
        distance_km=route.metres / 1000,
        travel_time_minutes=max(1, ceil(route.seconds / 60)),
        travel_mode=TravelMode.CAR,
        precision=_coarser(origin.precision, destination.precision),
        source=source,
    )


def great_circle_km(origin: Place, destination: Place) -> float:
    """Haversine on a sphere; the error against the ellipsoid stays below 0.5 %."""
    south, north = radians(origin.latitude), radians(destination.latitude)
    half_height = (north - south) / 2
    half_width = radians(destination.longitude - origin.longitude) / 2
    chord = sin(half_height) ** 2 + cos(south) * cos(north) * sin(half_width) ** 2
    # Rounding can lift the chord of two antipodes just above 1, where asin ends.
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, chord)))


def travel_time_minutes(distance_km: float, mode: TravelMode) -> int:
    """Whole minutes, rounded up; never 0, because even the next door has a way to it."""
    return ceil(_MINUTES_AT_THE_ENDS[mode] + 60 * distance_km / _KM_PER_HOUR[mode])


EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG

# Roads and lines are longer than the straight line.
DETOUR_FACTOR = {TravelMode.CAR: 1.3, TravelMode.TRANSIT: 1.5}

# Door to door: parking by car, walking and waiting by bus and train.
_KM_PER_HOUR = {TravelMode.CAR: 50, TravelMode.TRANSIT: 30}
_MINUTES_AT_THE_ENDS = {TravelMode.CAR: 5, TravelMode.TRANSIT: 10}


def _coarser(one: Precision, other: Precision) -> Precision:
    return one if one.coarseness >= other.coarseness else other


def _reason(place: Place | UnknownPlace) -> UnknownPlace | None:
    return place if isinstance(place, UnknownPlace) else None
