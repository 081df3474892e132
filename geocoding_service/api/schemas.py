"""What the v2 doors read and answer."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from geocoding_service.domain.addresses import is_postcode
from geocoding_service.domain.distance import DistanceSource, TravelMode
from geocoding_service.domain.places import (
    Place,
    PlaceSource,
    PlaceStatus,
    Precision,
    UnknownPlace,
)
from geocoding_service.use_cases.locate import MAX_PLACES
from geocoding_service.use_cases.measure import MAX_PAIRS, Pair, Whereabouts
from shared.http.fields import Choice, Coded, Decimal, Postcode, Text

LONGEST_ADDRESS = 500


class Coordinates(Schema):
    latitude = fields.Float()
    longitude = fields.Float()
    source = Choice(PlaceSource)
    status = Choice(PlaceStatus)
    precision = Choice(Precision)


class PlaceAnswer(Coordinates):
    plz = Postcode()
    source = Choice((PlaceSource.PLZ_CENTROIDS,))


class AddressBody(Schema):
    address = Text(
        LONGEST_ADDRESS,
        shortest=1,
        required=True,
        metadata={"description": "Von mehreren Postleitzahlen zählt die letzte"},
    )


class FoundPlace(Coordinates):
    """House or street by the geocoder, else the middle of a town or of the postcode's area."""

    plz = fields.String(allow_none=True, metadata={"description": "Soweit bekannt"})


class PlaceBatchBody(Schema):
    ids = fields.List(Postcode(), required=True, validate=validate.Length(max=MAX_PLACES))


class PlaceBatch(Schema):
    data = fields.List(fields.Nested(PlaceAnswer))
    missing = fields.List(Postcode())


def refuse_unless_placed(sent: Mapping[str, Any], text: str, latitude: str, longitude: str) -> None:
    """A place is its text or both coordinates. Raises ValidationError naming what is missing."""
    if latitude in sent and longitude in sent:
        return
    for given, other in ((latitude, longitude), (longitude, latitude)):
        if given in sent:
            raise ValidationError({other: [Coded("required", f"Gehört zu {given}.")]})
    if text not in sent:
        message = f"Nötig, oder {latitude} und {longitude}."
        raise ValidationError({text: [Coded("required", message)]})


class WhereaboutsBody(Schema):
    """A postcode, or coordinates; not both."""

    plz = Postcode()
    lat = Decimal(-90, 90)
    lon = Decimal(-180, 180)

    @validates_schema
    def _one_place(self, sent: dict[str, Any], **_: Any) -> None:
        refuse_unless_placed(sent, "plz", "lat", "lon")
        if "plz" in sent and "lat" in sent:
            raise ValidationError({"plz": [Coded("ambiguous", "Entweder plz oder lat und lon.")]})

    @post_load
    def _whereabouts(self, sent: dict[str, Any], **_: Any) -> Whereabouts:
        plz: str | None = sent.get("plz")
        return plz or Place(sent["lat"], sent["lon"], Precision.POINT)


class PairBody(Schema):
    origin = fields.Nested(WhereaboutsBody, required=True)
    destination = fields.Nested(WhereaboutsBody, required=True)

    @post_load
    def _pair(self, sent: dict[str, Any], **_: Any) -> Pair:
        return Pair(**sent)


class Pairs(fields.List[Pair]):
    """Many pairs. What is plainly right is read at once: through schemas 10,000 take a second.
    Everything else goes through them, and is refused there by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(fields.Nested(PairBody), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return _plain_pairs(value) or super()._deserialize(value, attr, data, **kwargs)


def _plain_pairs(sent: Any) -> list[Pair]:
    """Empty when something is not plainly right."""
    pairs = []
    for pair in sent if isinstance(sent, list) else ():
        match pair:
            case {"origin": origin, "destination": destination} if len(pair) == 2:
                ends = _plain_whereabouts(origin), _plain_whereabouts(destination)
            case _:
                return []
        if ends[0] is None or ends[1] is None:
            return []
        pairs.append(Pair(ends[0], ends[1]))
    return pairs


def _plain_whereabouts(sent: Any) -> Whereabouts | None:
    match sent:
        case {"plz": str(plz)} if len(sent) == 1 and is_postcode(plz):
            return plz
        case {"lat": float(lat), "lon": float(lon)} if len(sent) == 2:
            on_earth = -90 <= lat <= 90 and -180 <= lon <= 180
            return Place(lat, lon, Precision.POINT) if on_earth else None
    return None


class DistancesBody(Schema):
    pairs = Pairs(
        required=True,
        validate=validate.Length(max=MAX_PAIRS),
        metadata={
            "maxItems": MAX_PAIRS,
            "description": "Die Anfrage darf 1 MiB groß sein. 10.000 Paare passen hinein, auch "
            "aus Koordinaten, wenn diese höchstens sechs Nachkommastellen haben.",
        },
    )
    travel_mode = Choice(TravelMode, load_default=TravelMode.CAR.value)


_WHEN_KNOWN = {"x-present-when": "status approximate"}
_WHEN_UNKNOWN = {"x-present-when": "status unknown"}


class DistanceAnswer(Schema):
    """Estimated (`approximate`), or `unknown` with a reason for each end without a place."""

    status = Choice(("approximate", "unknown"))
    distance_km = fields.Float(metadata={"description": "Auf 0,1 km gerundet", **_WHEN_KNOWN})
    travel_time_minutes = fields.Integer(metadata=_WHEN_KNOWN)
    source = Choice((DistanceSource.HAVERSINE, DistanceSource.PLZ_CENTROIDS), metadata=_WHEN_KNOWN)
    precision = Choice(Precision, metadata=_WHEN_KNOWN)
    origin_reason = Choice(UnknownPlace, allow_none=True, metadata=_WHEN_UNKNOWN)
    destination_reason = Choice(UnknownPlace, allow_none=True, metadata=_WHEN_UNKNOWN)


class AsMade(fields.List[Any]):
    """Items that have their final shape already; dumping 10,000 once more would take its time."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return value


class DistancesAnswer(Schema):
    travel_mode = Choice(TravelMode)
    data = AsMade(
        fields.Nested(DistanceAnswer),
        metadata={"description": "Je Paar ein Eintrag, in der Reihenfolge der Paare"},
    )
