"""/api/v2/places"""

from typing import Any

from geocoding_service.api import schemas
from geocoding_service.domain.places import Finding, Place, PlaceSource, known
from geocoding_service.use_cases.find_places import find_address
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
        return _middle_of(plz, known("plz", locate_place(plz, call.wiring.postcodes)))


class PlaceBatchGet(Resource[Wiring]):
    @roles("staff", "service")
    @body(schemas.PlaceBatchBody)
    @returns(schemas.PlaceBatch)
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Bis zu 500 Postleitzahlen auf einmal"""
        located = locate_places(call.body["ids"], call.wiring.postcodes)
        found = [_middle_of(plz, place) for plz, place in located.found.items()]
        return {"data": found, "missing": list(located.missing)}


class PlaceOfAddress(Resource[Wiring]):
    @roles("staff", "service")
    @body(schemas.AddressBody)
    @returns(schemas.FoundPlace)
    @refuses("not-found")
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Wo eine Adresse liegt; sie steht im Rumpf, weil sie in keine URL gehört"""
        lookup = call.wiring.lookup(call.now)
        found = known("address", find_address(call.body["address"], call.wiring.postcodes, lookup))
        return _answer(found, found.address.get("postcode"))


def _middle_of(plz: str, place: Place) -> dict[str, Any]:
    return _answer(Finding(place, PlaceSource.PLZ_CENTROIDS), plz)


def _answer(found: Finding, plz: str | None) -> dict[str, Any]:
    place = found.place
    return {
        "plz": plz,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "source": found.source,
        "status": place.status,
        "precision": place.precision,
    }
