"""Servers outside the house, as their own documentation describes them, with one house and one way.

Nominatim knows a house in Aachen and nothing else; OSRM knows one length for every way by road, and
that no road leads north of 54 degrees.
"""

import json
import re
from typing import Any

from werkzeug.wrappers import Request, Response

_HOUSE: dict[str, Any] = {
    "place_id": 1,
    "lat": "50.7753000",
    "lon": "6.0839000",
    "place_rank": 30,
    "display_name": "1, Große Straße, Aachen, Nordrhein-Westfalen, 52062, Deutschland",
    "address": {
        "house_number": "1",
        "road": "Große Straße",
        "city": "Aachen",
        "state": "Nordrhein-Westfalen",
        "postcode": "52062",
        "country": "Deutschland",
        "country_code": "de",
    },
}
_METRES, _SECONDS = 70_100.0, 3_120.0
_END_OF_ROADS = 54.0


@Request.application
def nominatim(request: Request) -> Response:
    if request.path == "/search":
        return _json([_HOUSE] if "Große Straße" in request.args["q"] else [])
    near = abs(float(request.args["lat"]) - float(_HOUSE["lat"])) < 0.01
    return _json(_HOUSE if near else {"error": "Unable to geocode"})


@Request.application
def osrm(request: Request) -> Response:
    """`/route/v1/<profile>/<lon>,<lat>;…` and `/table/v1/…` with one source."""
    points = re.findall(r"([-\d.]+),([-\d.]+)", request.path)
    waypoints = [{"location": [float(lon), float(lat)], "distance": 3.5} for lon, lat in points]
    by_road = [float(lat) < _END_OF_ROADS for _lon, lat in points]
    if request.path.startswith("/route/") and not all(by_road):
        return _json({"code": "NoRoute", "message": "Impossible route between points"}, 400)
    if request.path.startswith("/route/"):
        way = {"distance": _METRES, "duration": _SECONDS, "legs": []}
        return _json({"code": "Ok", "routes": [way], "waypoints": waypoints})
    ends = [there and by_road[0] for there in by_road]
    table = {
        "distances": [[0.0, *(_METRES if there else None for there in ends[1:])]],
        "durations": [[0.0, *(_SECONDS if there else None for there in ends[1:])]],
    }
    return _json({"code": "Ok", "sources": waypoints[:1], "destinations": waypoints, **table})


def _json(document: Any, status: int = 200) -> Response:
    return Response(json.dumps(document), status, mimetype="application/json")
