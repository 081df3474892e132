"""Addresses and points, asked of a Nominatim server."""

from collections.abc import Mapping
from typing import Any

from geocoding_service.domain.places import Finding, Place, PlaceSource, Precision
from geocoding_service.gateways.http_get import Deadline
from geocoding_service.gateways.server import Server, Unusable, number

LONGEST_NAME = 500


class Nominatim:
    """None means that it was asked and knows of nothing there; silence raises Silent."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def find(self, address: str, deadline: Deadline) -> Finding | None:
        query = {"q": address, "countrycodes": "de", "limit": "1", **_SHAPE}
        return self._server.ask("/search", query, _first_found, deadline)

    def name(self, point: Place, deadline: Deadline) -> Finding | None:
        query = {"lat": f"{point.latitude:.7f}", "lon": f"{point.longitude:.7f}", **_SHAPE}
        return self._server.ask("/reverse", query, _named, deadline)


_SHAPE = {"format": "jsonv2", "addressdetails": "1", "accept-language": "de"}
_OK = 200


def _first_found(status: int, document: Any) -> Finding | None:
    if status != _OK or not isinstance(document, list):
        raise Unusable
    return _finding(document[0]) if document else None


def _named(status: int, document: Any) -> Finding | None:
    if status != _OK or not isinstance(document, dict):
        raise Unusable
    return None if "error" in document else _finding(document)


def _finding(found: Any) -> Finding:
    if not isinstance(found, dict):
        raise Unusable
    place = Place(
        number(found.get("lat"), -90, 90), number(found.get("lon"), -180, 180), _precision(found)
    )
    name = found.get("display_name", "")
    if not isinstance(name, str):
        raise Unusable
    return Finding(place, PlaceSource.NOMINATIM, _address(found), name[:LONGEST_NAME])


# https://nominatim.org/release-docs/latest/customize/Ranking/#address-rank
_HOUSE, _STREET = 28, 26


def _precision(found: Mapping[str, Any]) -> Precision:
    rank = number(found.get("place_rank", _HOUSE), 0, 30)
    if rank >= _HOUSE:
        return Precision.POINT
    return Precision.STREET if rank >= _STREET else Precision.TOWN


_TOWN_WORDS = ("city", "town", "village", "municipality")
_PART_WORDS = ("house_number", "road", "suburb", "postcode", "state", "country")


def _address(found: Mapping[str, Any]) -> dict[str, str]:
    """The parts that our answers name; every kind of town is a `city`."""
    parts = found.get("address", {})
    if not isinstance(parts, dict):
        raise Unusable
    said = {word: part[:LONGEST_NAME] for word, part in parts.items() if isinstance(part, str)}
    town = next((said[word] for word in _TOWN_WORDS if word in said), None)
    address = {word: said[word] for word in _PART_WORDS if word in said}
    return address if town is None else {**address, "city": town}
