"""From a postcode to a place."""

from collections.abc import Iterable
from dataclasses import dataclass

from geocoding_service.domain.places import Place, UnknownPlace, is_postcode
from geocoding_service.gateways.postcodes import Postcodes

MAX_PLACES = 500  # per request; the doors refuse longer lists


@dataclass(frozen=True, slots=True)
class LocatedPlaces:
    """Every postcode asked for is in exactly one of the two, once, in the order asked."""

    found: dict[str, Place]
    missing: dict[str, UnknownPlace]


def locate_place(plz: str, postcodes: Postcodes) -> Place | UnknownPlace:
    """Large recipients have postcodes without an area: these get the middle of their prefix."""
    if not is_postcode(plz):
        return UnknownPlace.MALFORMED_POSTCODE
    place = postcodes.centroid(plz) or postcodes.prefix_mean(plz)
    return place or UnknownPlace.UNKNOWN_POSTCODE


def locate_places(plz_list: Iterable[str], postcodes: Postcodes) -> LocatedPlaces:
    located = LocatedPlaces(found={}, missing={})
    for plz in plz_list:
        place = locate_place(plz, postcodes)
        if isinstance(place, UnknownPlace):
            located.missing[plz] = place
        else:
            located.found[plz] = place
    return located
