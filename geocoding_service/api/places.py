"""/api/v2/places"""

from typing import Any

from geocoding_service.api import schemas
from geocoding_service.domain.places import Place, known
from geocoding_service.use_cases.locate import locate_place, locate_places
from geocoding_service.wiring import Wiring
from shared.http.declarations import body, refuses, returns, roles
from shared.http.resource import Call, Resource


class PlaceByPlz(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.PlaceAnswer)
    @refuses("validation-failed")
    def get(self, call: Call[Wiring], plz: str) -> dict[str, Any]:
        """Wo eine Postleitzahl liegt"""
        return _answer(plz, known("plz", locate_place(plz, call.wiring.postcodes)))


class PlaceBatchGet(Resource[Wiring]):
    @roles("staff", "service")
    @body(schemas.PlaceBatchBody)
    @returns(schemas.PlaceBatch)
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Bis zu 500 Postleitzahlen auf einmal"""
        located = locate_places(call.body["ids"], call.wiring.postcodes)
        found = [_answer(plz, place) for plz, place in located.found.items()]
        return {"data": found, "missing": list(located.missing)}


def _answer(plz: str, place: Place) -> dict[str, Any]:
    return {
        "plz": plz,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "source": place.source,
        "status": place.status,
        "precision": place.precision,
    }
