"""From a postcode, an address or a point to a place, offline."""

from collections.abc import Iterable
from dataclasses import dataclass

from geocoding_service.domain.addresses import is_postcode, postcode_in
from geocoding_service.domain.distance import great_circle_km
from geocoding_service.domain.places import Finding, Place, PlaceSource, UnknownPlace
from geocoding_service.gateways.postcodes import Postcodes

MAX_PLACES = 500  # per request; the doors refuse longer lists

# No point in Germany is so far from the middle of its postcode.
_NEARBY_KM = 30


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


def locate_address(address: str, postcodes: Postcodes) -> Finding | UnknownPlace:
    """Only the postcode in the address is looked up; street and town are not understood."""
    plz = postcode_in(address)
    if plz is None:
        return UnknownPlace.NO_POSTCODE
    place = locate_place(plz, postcodes)
    return place if isinstance(place, UnknownPlace) else _middle_of(plz, place)


def locate_nearest(point: Place, postcodes: Postcodes) -> Finding | UnknownPlace:
    """The postcode whose middle is closest; a neighbour's, now and then."""
    plz, place = min(postcodes.items(), key=lambda item: great_circle_km(point, item[1]))
    if great_circle_km(point, place) > _NEARBY_KM:
        return UnknownPlace.NOTHING_NEARBY
    return _middle_of(plz, place)


def locate_places(plz_list: Iterable[str], postcodes: Postcodes) -> LocatedPlaces:
    located = LocatedPlaces(found={}, missing={})
    for plz in plz_list:
        place = locate_place(plz, postcodes)
        if isinstance(place, UnknownPlace):
            located.missing[plz] = place
        else:
            located.found[plz] = place
    return located


def _middle_of(plz: str, place: Place) -> Finding:
    return Finding(place, PlaceSource.PLZ_CENTROIDS, {"postcode": plz})
