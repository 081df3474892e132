"""Who of many is within reach of one place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from geocoding_service.domain.distance import (
    Distance,
    DistanceSource,
    Route,
    TravelMode,
    estimated_distance,
    great_circle_km,
    routed_distance,
)
from geocoding_service.domain.places import Place, UnknownPlace


@dataclass(frozen=True, slots=True)
class Nearby:
    """Positions in the list of candidates; who is farther than the limit is in neither."""

    within: list[tuple[int, Distance]] = field(default_factory=list)
    unplaced: list[tuple[int, UnknownPlace]] = field(default_factory=list)
    considered: list[Distance] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Nobody is found, ranked or left out by an estimate; out of reach as the crow flies is
        out of reach by every road."""
        return bool(self.considered) and not any(d.approximate for d in self.considered)


def find_nearby(
    origin: Place,
    candidates: Iterable[Place | UnknownPlace],
    mode: TravelMode,
    max_distance_km: float,
    routes: Mapping[Place, Route],
) -> Nearby:
    """Nearest first, ties in the order of the candidates; estimated where there is no route."""
    nearby = Nearby()
    for position, candidate in enumerate(candidates):
        if isinstance(candidate, UnknownPlace):
            nearby.unplaced.append((position, candidate))
            continue
        distance = _distance(origin, candidate, mode, routes.get(candidate))
        if great_circle_km(origin, candidate) <= max_distance_km:
            nearby.considered.append(distance)
        if distance.distance_km <= max_distance_km:
            nearby.within.append((position, distance))
    nearby.within.sort(key=lambda found: found[1].distance_km)
    return nearby


def worth_routing(
    origin: Place, candidates: Iterable[Place | UnknownPlace], max_distance_km: float, most: int
) -> list[Place]:
    """The nearest `most` places within the limit as the crow flies; no road is shorter."""
    straight = {
        place: great_circle_km(origin, place)
        for place in candidates
        if not isinstance(place, UnknownPlace)
    }
    reachable = (place for place, km in straight.items() if km <= max_distance_km)
    return sorted(reachable, key=straight.__getitem__)[:most]


def _distance(origin: Place, candidate: Place, mode: TravelMode, route: Route | None) -> Distance:
    if route is None:
        return estimated_distance(origin, candidate, mode)
    return routed_distance(origin, candidate, route, DistanceSource.OSRM)
