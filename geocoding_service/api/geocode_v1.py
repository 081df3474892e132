"""/api/v1/geocode and its siblings. Deprecated."""

from collections.abc import Mapping
from typing import Any

from geocoding_service.api import schemas_v1 as schemas
from geocoding_service.api.distances import KM_DIGITS
from geocoding_service.domain.distance import Distance, TravelMode, estimated_distance
from geocoding_service.domain.places import Finding, Place, Precision, UnknownPlace, known
from geocoding_service.gateways.postcodes import Postcodes
from geocoding_service.use_cases.find_places import find_address, find_name
from geocoding_service.use_cases.locate import locate_place
from geocoding_service.use_cases.lookup import Lookup
from geocoding_service.use_cases.travel import find_within_reach, measure_way
from geocoding_service.wiring import Wiring
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.resource import Call, Resource


class GeocodeV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.GeocodeQuery)
    @returns(schemas.GeocodeAnswer)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Wo eine Adresse liegt, und sei es nur so genau wie ihre Postleitzahl"""
        lookup = call.wiring.lookup(call.now)
        found = find_address(call.query["address"], call.wiring.postcodes, lookup)
        return _geocoded(known("address", found))


class ReverseGeocodeV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.ReverseGeocodeQuery)
    @returns(schemas.GeocodeAnswer)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Was an einem Punkt liegt, sonst die Postleitzahl, deren Mitte am nächsten ist"""
        point = Place(call.query["lat"], call.query["lon"], Precision.POINT)
        found = find_name(point, call.wiring.postcodes, call.wiring.lookup(call.now))
        return _geocoded(known("lat, lon", found))


class CalculateDistanceV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.DistanceQuery)
    @returns(schemas.DistanceV1Answer)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Wie weit zwei Orte auseinanderliegen, als Route oder geschätzt"""
        sent, postcodes = call.query, call.wiring.postcodes
        lookup = call.wiring.lookup(call.now, afresh=sent.get("no_cache", False))
        origin, destination = (
            _place(sent, end, f"{end}_lat", f"{end}_lon", postcodes, lookup)
            for end in ("origin", "destination")
        )
        way = measure_way(origin, destination, TravelMode(sent["travel_mode"]), lookup)
        return {**_measured(way), "status": _status(exact=not way.approximate)}


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
        return {**_measured(distance), "status": _status(exact=False)}


class FindTherapistsV1(Resource[Wiring]):
    @roles("staff", "service")
    @body(schemas.FindTherapistsBody)
    @returns(schemas.FindTherapistsAnswer)
    @refuses("not-found")
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Welche Therapeuten im Umkreis liegen, die nächsten zuerst"""
        therapists, postcodes = call.body["therapists"], call.wiring.postcodes
        lookup = call.wiring.lookup(call.now)
        names = ("patient_address", "patient_lat", "patient_lon")
        nearby = find_within_reach(
            _place(call.body, *names, postcodes, lookup),
            [_therapist_place(therapist, postcodes) for therapist in therapists],
            TravelMode(call.body["travel_mode"]),
            call.body["max_distance_km"],
            lookup,
        )
        return {
            "status": _status(exact=nearby.is_exact),
            "count": len(nearby.within),
            "therapists": [{**therapists[at], **_measured(d)} for at, d in nearby.within],
            "left_out": [
                {"id": therapists[at]["id"], "reason": reason} for at, reason in nearby.unplaced
            ],
        }


def _status(*, exact: bool) -> str:
    return schemas.SUCCESS if exact else schemas.PARTIAL


def _geocoded(found: Finding) -> dict[str, Any]:
    plz = found.address.get("postcode", "")
    return {
        "latitude": found.place.latitude,
        "longitude": found.place.longitude,
        "display_name": found.display_name or f"{plz}, Deutschland".removeprefix(", "),
        "address_components": {"country": "Deutschland", **found.address},
        "source": found.source,
        "status": _status(exact=found.place.is_an_address),
    }


def _measured(distance: Distance) -> dict[str, Any]:
    return {
        "distance_km": round(distance.distance_km, KM_DIGITS),
        "travel_time_minutes": distance.travel_time_minutes,
        "travel_mode": distance.travel_mode,
        "source": distance.source,
        "route_available": distance.route_available,
        "approximate": distance.approximate,
    }


def _place(
    sent: Mapping[str, Any],
    address: str,
    latitude: str,
    longitude: str,
    postcodes: Postcodes,
    lookup: Lookup,
) -> Place:
    """Coordinates count before the address. Raises NotLocated naming the address."""
    if latitude in sent:
        return Place(sent[latitude], sent[longitude], Precision.POINT)
    return known(address, find_address(sent[address], postcodes, lookup)).place


def _therapist_place(sent: Mapping[str, Any], postcodes: Postcodes) -> Place | UnknownPlace:
    latitude, longitude = sent.get("latitude"), sent.get("longitude")
    if latitude is not None and longitude is not None:
        return Place(latitude, longitude, Precision.POINT)
    return locate_place(sent["plz"], postcodes) if sent.get("plz") else UnknownPlace.NO_POSTCODE
