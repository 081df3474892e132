"""/api/v2/distances"""

from typing import Any

from geocoding_service.api import schemas
from geocoding_service.domain.distance import Distance, TravelMode, UnknownDistance
from geocoding_service.use_cases.measure import measure_distances
from geocoding_service.wiring import Wiring
from shared.http.declarations import body, returns, roles
from shared.http.resource import Call, Resource

KM_DIGITS = 1


class Distances(Resource[Wiring]):
    @roles("staff", "service")
    @body(schemas.DistancesBody)
    @returns(schemas.DistancesAnswer)
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Bis zu 10.000 Entfernungen auf einmal, in der Reihenfolge der Paare"""
        mode = TravelMode(call.body["travel_mode"])
        measured = measure_distances(call.body["pairs"], mode, call.wiring.postcodes)
        return {"travel_mode": mode, "data": [_answer(distance) for distance in measured]}


def _answer(distance: Distance | UnknownDistance) -> dict[str, Any]:
    if isinstance(distance, UnknownDistance):
        return {
            "status": distance.status,
            "origin_reason": distance.origin,
            "destination_reason": distance.destination,
        }
    return {
        "status": distance.status,
        "distance_km": round(distance.distance_km, KM_DIGITS),
        "travel_time_minutes": distance.travel_time_minutes,
        "source": distance.source,
        "precision": distance.precision,
    }
