"""From an address or a point to a place, by the geocoder where there is one."""

from geocoding_service.domain.addresses import is_postcode, normalised
from geocoding_service.domain.places import Finding, Place, UnknownPlace, finer
from geocoding_service.gateways.postcodes import Postcodes
from geocoding_service.storage.memory import Nothing
from geocoding_service.use_cases.locate import locate_address, locate_nearest
from geocoding_service.use_cases.lookup import Lookup


def find_address(address: str, postcodes: Postcodes, lookup: Lookup) -> Finding | UnknownPlace:
    """The geocoder's answer, or the middle of the postcode where that is finer or all there is."""
    by_postcode, question = locate_address(address, postcodes), normalised(address)
    if is_postcode(question):
        return by_postcode
    found = lookup.find(f"address {question}", lambda geocoder, d: geocoder.find(address, d))
    if isinstance(found, Finding):
        return finer(found, by_postcode)
    if by_postcode is UnknownPlace.NO_POSTCODE and lookup.has_geocoder:
        known = isinstance(found, Nothing)
        return UnknownPlace.NO_SUCH_ADDRESS if known else UnknownPlace.GEOCODER_SILENT
    return by_postcode


def find_name(point: Place, postcodes: Postcodes, lookup: Lookup) -> Finding | UnknownPlace:
    """What lies there by the geocoder's word, else the postcode whose middle is closest."""
    question = f"point {point.latitude:.5f},{point.longitude:.5f}"
    found = lookup.find(question, lambda geocoder, deadline: geocoder.name(point, deadline))
    return found if isinstance(found, Finding) else locate_nearest(point, postcodes)
