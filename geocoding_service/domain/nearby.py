"""Who of many is within reach of one place."""

from collections.abc import Iterable
from dataclasses import dataclass

from geocoding_service.domain.distance import Distance, TravelMode, estimated_distance
from geocoding_service.domain.places import Place, UnknownPlace


@dataclass(frozen=True, slots=True)
class Nearby:
    """Positions in the list of candidates; who is farther than the limit is in neither."""

    within: list[tuple[int, Distance]]
    unplaced: list[tuple[int, UnknownPlace]]


def find_nearby(
    origin: Place,
    candidates: Iterable[Place | UnknownPlace],
    mode: TravelMode,
    max_distance_km: float,
) -> Nearby:
    """Nearest first, ties in the order of the candidates."""
    nearby = Nearby(within=[], unplaced=[])
    for position, candidate in enumerate(candidates):
        if isinstance(candidate, UnknownPlace):
            nearby.unplaced.append((position, candidate))
            continue
        distance = estimated_distance(origin, candidate, mode)
        if distance.distance_km <= max_distance_km:
            nearby.within.append((position, distance))
    nearby.within.sort(key=lambda found: found[1].distance_km)
    return nearby
