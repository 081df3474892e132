"""Ways between places, by the router where there is one. For trains and buses there is none."""

from collections.abc import Mapping, Sequence

from geocoding_service.domain.distance import (
    Distance,
    Route,
    TravelMode,
    estimated_distance,
    routed_distance,
)
from geocoding_service.domain.nearby import Nearby, find_nearby, worth_routing
from geocoding_service.domain.places import Place, UnknownPlace
from geocoding_service.use_cases.lookup import Lookup


def measure_way(origin: Place, destination: Place, mode: TravelMode, lookup: Lookup) -> Distance:
    told = lookup.route(origin, destination) if mode is TravelMode.CAR else None
    if told is None:
        return estimated_distance(origin, destination, mode)
    return routed_distance(origin, destination, *told)


def find_within_reach(
    origin: Place,
    candidates: Sequence[Place | UnknownPlace],
    mode: TravelMode,
    max_distance_km: float,
    lookup: Lookup,
) -> Nearby:
    """Asks the router once at most, about the nearest; the others are estimated."""
    routes: Mapping[Place, Route] = {}
    if mode is TravelMode.CAR:
        routes = lookup.routes_from(
            origin, lambda most: worth_routing(origin, candidates, max_distance_km, most)
        )
    return find_nearby(origin, candidates, mode, max_distance_km, routes)
