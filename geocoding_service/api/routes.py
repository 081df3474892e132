"""URL → resource."""

from geocoding_service.api.distances import Distances
from geocoding_service.api.geocode_v1 import (
    CalculateDistanceV1,
    CalculatePlzDistanceV1,
    FindTherapistsV1,
    GeocodeV1,
    ReverseGeocodeV1,
)
from geocoding_service.api.places import PlaceBatchGet, PlaceByPlz, PlaceOfAddress
from geocoding_service.api.schemas_v1 import RefusalAnswer
from geocoding_service.wiring import Wiring
from shared.http.parked_events import PARKED_EVENT_ROUTES
from shared.http.resource import Resource
from shared.http.service import V1, Route

_LOCATE = "/api/v2/places/locate"
_DISTANCES = "/api/v2/distances"


def _v1(name: str, resource: type[Resource[Wiring]], successor: str) -> Route:
    return Route(
        f"/api/v1/{name}",
        resource,
        aliases=(f"/api/{name}",),
        version=V1,
        successor=successor,
        v1_refusal=RefusalAnswer,
    )


ROUTES = (
    *PARKED_EVENT_ROUTES,
    Route("/api/v2/places/<plz>", PlaceByPlz),
    Route("/api/v2/places/batch-get", PlaceBatchGet),
    Route(_LOCATE, PlaceOfAddress),
    Route(_DISTANCES, Distances),
    _v1("geocode", GeocodeV1, _LOCATE),
    _v1("reverse-geocode", ReverseGeocodeV1, _LOCATE),
    _v1("calculate-distance", CalculateDistanceV1, _DISTANCES),
    _v1("calculate-plz-distance", CalculatePlzDistanceV1, _DISTANCES),
    _v1("find-therapists", FindTherapistsV1, _DISTANCES),
)
