"""Ways by car, asked of an OSRM server. It knows roads and no timetables."""

from collections.abc import Mapping, Sequence
from typing import Any

from geocoding_service.domain.distance import Route
from geocoding_service.domain.places import Place
from geocoding_service.gateways.http_get import Deadline
from geocoding_service.gateways.server import Server, Unusable, number

COORDINATE_DIGITS = 4
"""About ten metres; what is equal after rounding is the same question."""


def coordinates(places: Sequence[Place]) -> str:
    digits = COORDINATE_DIGITS
    return ";".join(f"{p.longitude:.{digits}f},{p.latitude:.{digits}f}" for p in places)


class Osrm:
    """No route means that it was asked and knows no way; silence raises Silent."""

    def __init__(self, server: Server, table_size: int) -> None:
        self._server = server
        self.most_destinations = table_size - 1

    def route(self, origin: Place, destination: Place, deadline: Deadline) -> Route | None:
        path = f"/route/v1/driving/{coordinates([origin, destination])}"
        return self._server.ask(path, {"overview": "false"}, _first_route, deadline)

    def routes_from(
        self, origin: Place, destinations: Sequence[Place], deadline: Deadline
    ) -> Mapping[Place, Route]:
        """In one request; who is missing cannot be reached. At most `most_destinations`."""
        path = f"/table/v1/driving/{coordinates([origin, *destinations])}"
        query = {"sources": "0", "annotations": "distance,duration"}

        def read(status: int, document: Any) -> Mapping[Place, Route]:
            found = _table(status, document, len(destinations) + 1)[1:]
            routes = zip(destinations, found, strict=True)
            return {place: route for place, route in routes if route is not None}

        return self._server.ask(path, query, read, deadline)


# A map knows no road everywhere; the end of a road on another shore is not the place.
_FARTHEST_ROAD_METRES = 2000
_LONGEST = 1e8
_STATUSES = {200, 400}
_NO_WAY = {"NoRoute", "NoSegment"}


def _first_route(status: int, document: Any) -> Route | None:
    if _code(status, document) in _NO_WAY:
        return None
    routes = _list(document, "routes", 1)
    ends = _list(document, "waypoints") if "waypoints" in document else []
    if not isinstance(routes[0], dict):
        raise Unusable
    route = _route(routes[0].get("distance"), routes[0].get("duration"))
    return route if all(_at_a_road(end) for end in ends) else None


def _table(status: int, document: Any, size: int) -> list[Route | None]:
    if _code(status, document) in _NO_WAY:
        return [None] * size
    [metres], [seconds] = _list(document, "distances", 1), _list(document, "durations", 1)
    if not (isinstance(metres, list) and isinstance(seconds, list)):
        raise Unusable
    if not len(metres) == len(seconds) == size:
        raise Unusable
    starts = _list(document, "sources", 1) if "sources" in document else [{}]
    ends = _list(document, "destinations", size) if "destinations" in document else [{}] * size
    return [
        _route(m, s) if m is not None and s is not None and _at_a_road(starts[0], end) else None
        for m, s, end in zip(metres, seconds, ends, strict=True)
    ]


def _code(status: int, document: Any) -> str:
    """Of an answer that says yes or no. Raises Unusable for any other."""
    code = document.get("code") if isinstance(document, dict) else None
    if status not in _STATUSES or not isinstance(code, str) or code not in {"Ok", *_NO_WAY}:
        raise Unusable
    return code


def _list(document: Mapping[str, Any], name: str, length: int | None = None) -> list[Any]:
    found = document.get(name)
    if not isinstance(found, list) or (length is not None and len(found) != length):
        raise Unusable
    return found


def _route(metres: Any, seconds: Any) -> Route:
    return Route(number(metres, 0, _LONGEST), number(seconds, 0, _LONGEST))


def _at_a_road(*waypoints: Any) -> bool:
    if not all(isinstance(waypoint, dict) for waypoint in waypoints):
        raise Unusable
    away = [number(waypoint.get("distance", 0), 0, _LONGEST) for waypoint in waypoints]
    return all(metres <= _FARTHEST_ROAD_METRES for metres in away)
