"""From pairs of places to distances."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from geocoding_service.domain.distance import (
    Distance,
    TravelMode,
    UnknownDistance,
    distance_between,
)
from geocoding_service.domain.places import Place, UnknownPlace
from geocoding_service.gateways.postcodes import Postcodes
from geocoding_service.use_cases.locate import locate_place

MAX_PAIRS = 10_000  # per request; the doors refuse longer lists

# A postcode, or coordinates that the caller knows already.
Whereabouts: TypeAlias = str | Place


@dataclass(frozen=True, slots=True)
class Pair:
    origin: Whereabouts
    destination: Whereabouts


def measure_distances(
    pairs: Iterable[Pair], mode: TravelMode, postcodes: Postcodes
) -> list[Distance | UnknownDistance]:
    """One answer per pair, in the order of the pairs."""
    return [measure_distance(pair, mode, postcodes) for pair in pairs]


def measure_distance(
    pair: Pair, mode: TravelMode, postcodes: Postcodes
) -> Distance | UnknownDistance:
    origin = _placed(pair.origin, postcodes)
    destination = _placed(pair.destination, postcodes)
    return distance_between(origin, destination, mode)


def _placed(whereabouts: Whereabouts, postcodes: Postcodes) -> Place | UnknownPlace:
    if isinstance(whereabouts, Place):
        return whereabouts
    return locate_place(whereabouts, postcodes)
