"""/api/v1/geocode and its siblings, as far as postcodes can answer. Deprecated."""

from collections.abc import Mapping
from typing import Any

from geocoding_service.api import schemas_v1 as schemas
from geocoding_service.api.distances import KM_DIGITS
from geocoding_service.domain.distance import Distance, TravelMode, estimated_distance
from geocoding_service.domain.nearby import find_nearby
from geocoding_service.domain.places import (
    Place,
    PlacedPostcode,
    Precision,
    UnknownPlace,
    known,
)
from geocoding_service.gateways.postcodes import Postcodes
from geocoding_service.use_cases.locate import locate_address, locate_nearest, locate_place
from geocoding_service.wiring import Wiring
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.resource import Call, Resource


class GeocodeV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.GeocodeQuery)
    @returns(schemas.GeocodeAnswer)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Wo eine Adresse liegt, so genau wie ihre Postleitzahl"""
        located = locate_address(call.query["address"], call.wiring.postcodes)
        return _geocoded(known("address", located))


class ReverseGeocodeV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.ReverseGeocodeQuery)
    @returns(schemas.GeocodeAnswer)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Die Postleitzahl, deren Mitte am nächsten liegt"""
        point = Place(call.query["lat"], call.query["lon"], Precision.POINT)
        return _geocoded(known("lat, lon", locate_nearest(point, call.wiring.postcodes)))


class CalculateDistanceV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.DistanceQuery)
    @returns(schemas.DistanceV1Answer)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Wie weit zwei Orte auseinanderliegen, geschätzt"""
        origin, destination = (
            _place(call.query, end, f"{end}_lat", f"{end}_lon", call.wiring.postcodes)
            for end in ("origin", "destination")
        )
        distance = estimated_distance(origin, destination, TravelMode(call.query["travel_mode"]))
        return {
            **_measured(distance),
            "status": schemas.ESTIMATED,
            "source": distance.source,
            "route_available": False,
        }


class CalculatePlzDistanceV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.PlzDistanceQuery)
    @returns(schemas.PlzDistanceAnswer)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Wie weit zwei Postleitzahlen auseinanderliegen, geschätzt"""
        origin, destination = (
            known(field, locate_place(call.query[field], call.wiring.postcodes))
            for field in ("origin_plz", "destination_plz")
        )
        distance = estimated_distance(origin, destination, TravelMode.CAR)
        return {**_measured(distance), "status": schemas.ESTIMATED, "source": distance.source}


class FindTherapistsV1(Resource[Wiring]):
    @roles("staff", "service")
    @body(schemas.FindTherapistsBody)
    @returns(schemas.FindTherapistsAnswer)
    @refuses("not-found")
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Welche Therapeuten im Umkreis liegen, die nächsten zuerst"""
        therapists, postcodes = call.body["therapists"], call.wiring.postcodes
        names = ("patient_address", "patient_lat", "patient_lon")
        nearby = find_nearby(
            _place(call.body, *names, postcodes),
            [_therapist_place(therapist, postcodes) for therapist in therapists],
            TravelMode(call.body["travel_mode"]),
            call.body["max_distance_km"],
        )
        return {
            "status": schemas.ESTIMATED,
            "count": len(nearby.within),
            "therapists": [{**therapists[at], **_measured(d)} for at, d in nearby.within],
            "left_out": [
                {"id": therapists[at]["id"], "reason": reason} for at, reason in nearby.unplaced
            ],
        }


def _geocoded(located: PlacedPostcode) -> dict[str, Any]:
    return {
        "latitude": located.place.latitude,
        "longitude": located.place.longitude,
        "display_name": f"{located.plz}, Deutschland",
        "address_components": {"postcode": located.plz, "country": "Deutschland"},
        "source": located.place.source,
        "status": schemas.ESTIMATED,
    }


def _measured(distance: Distance) -> dict[str, Any]:
    return {
        "distance_km": round(distance.distance_km, KM_DIGITS),
        "travel_time_minutes": distance.travel_time_minutes,
        "travel_mode": distance.travel_mode,
    }


def _place(
    sent: Mapping[str, Any], address: str, latitude: str, longitude: str, postcodes: Postcodes
) -> Place:
    """Coordinates count before the address. Raises NotLocated naming the address."""
    if latitude in sent:
        return Place(sent[latitude], sent[longitude], Precision.POINT)
    return known(address, locate_address(sent[address], postcodes)).place


def _therapist_place(sent: Mapping[str, Any], postcodes: Postcodes) -> Place | UnknownPlace:
    latitude, longitude = sent.get("latitude"), sent.get("longitude")
    if latitude is not None and longitude is not None:
        return Place(latitude, longitude, Precision.POINT)
    return locate_place(sent["plz"], postcodes) if sent.get("plz") else UnknownPlace.NO_POSTCODE
