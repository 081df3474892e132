"""What the v1 doors read and answer."""

import re
from typing import Any

from marshmallow import Schema, fields, validate, validates_schema

from geocoding_service.api.schemas import LONGEST_ADDRESS, refuse_unless_placed
from geocoding_service.domain.distance import DistanceSource, TravelMode
from geocoding_service.domain.places import PlaceSource, UnknownPlace
from geocoding_service.use_cases.measure import MAX_PAIRS
from shared.http.fields import Choice, Decimal, FlagWord, Identifier, Postcode, Text

SUCCESS, PARTIAL = "success", "partial"
"""v1 says success for a real address or route; centroids and estimates are partial answers."""

DEFAULT_MAX_DISTANCE_KM = 30
_FARTHEST_KM = 2000


class RefusalAnswer(Schema):
    status = Choice(("error",))
    error = fields.String()


class DegreesWord(fields.Float):
    """Degrees in a query string, within plus and minus `bound`."""

    # Programs write very small numbers as 1e-7.
    _NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")

    def __init__(self, bound: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [validate.Range(min=-bound, max=bound), *self.validators]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if not isinstance(value, str) or not self._NUMBER.fullmatch(value):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class GeocodeQuery(Schema):
    address = Text(
        LONGEST_ADDRESS,
        shortest=1,
        required=True,
        metadata={"description": "Von mehreren Postleitzahlen zählt die letzte"},
    )


class ReverseGeocodeQuery(Schema):
    lat = DegreesWord(90, required=True)
    lon = DegreesWord(180, required=True)


class GeocodeAnswer(Schema):
    """`success`: house or street. `partial`: the middle of a town or of a postcode's area."""

    latitude = fields.Float()
    longitude = fields.Float()
    display_name = fields.String()
    address_components = fields.Dict(keys=fields.String(), values=fields.String())
    source = Choice(PlaceSource)
    status = Choice((SUCCESS, PARTIAL))


class PlzDistanceQuery(Schema):
    origin_plz = Postcode(required=True)
    destination_plz = Postcode(required=True)


class PlzDistanceAnswer(Schema):
    distance_km = fields.Float(metadata={"description": "Mit dem Auto, geschätzt"})
    status = Choice((PARTIAL,))
    source = Choice((DistanceSource.PLZ_CENTROIDS,))
    approximate = fields.Boolean()


class DistanceQuery(Schema):
    origin = Text(LONGEST_ADDRESS, shortest=1)
    origin_lat = DegreesWord(90)
    origin_lon = DegreesWord(180)
    destination = Text(LONGEST_ADDRESS, shortest=1)
    destination_lat = DegreesWord(90)
    destination_lon = DegreesWord(180)
    travel_mode = Choice(TravelMode, load_default=TravelMode.CAR.value)
    no_cache = FlagWord(
        metadata={"description": "true: frisch erfragt, auch wenn die Antwort gemerkt ist"}
    )

    @validates_schema
    def _two_places(self, sent: dict[str, Any], **_: Any) -> None:
        for end in ("origin", "destination"):
            refuse_unless_placed(sent, end, f"{end}_lat", f"{end}_lon")


class V1Distance(Schema):
    distance_km = fields.Float()
    travel_time_minutes = fields.Integer()
    travel_mode = Choice(TravelMode)
    source = Choice(DistanceSource)
    route_available = fields.Boolean(metadata={"description": "false: geschätzt, nicht geroutet"})
    approximate = fields.Boolean(
        metadata={"description": "false: eine Route von Adresse zu Adresse"}
    )


class DistanceV1Answer(V1Distance):
    status = Choice((SUCCESS, PARTIAL))


class TherapistPlace(Schema):
    """Coordinates count before the postcode; street and town are not looked at."""

    id = Identifier(required=True)
    latitude = Decimal(-90, 90, allow_none=True)
    longitude = Decimal(-180, 180, allow_none=True)
    strasse = Text(allow_none=True)
    plz = Text(10, allow_none=True)
    ort = Text(allow_none=True)


class FindTherapistsBody(Schema):
    patient_address = Text(LONGEST_ADDRESS, shortest=1)
    patient_lat = Decimal(-90, 90)
    patient_lon = Decimal(-180, 180)
    max_distance_km = Decimal(0, _FARTHEST_KM, load_default=DEFAULT_MAX_DISTANCE_KM)
    travel_mode = Choice(TravelMode, load_default=TravelMode.CAR.value)
    therapists = fields.List(
        fields.Nested(TherapistPlace), required=True, validate=validate.Length(max=MAX_PAIRS)
    )

    @validates_schema
    def _patient_somewhere(self, sent: dict[str, Any], **_: Any) -> None:
        refuse_unless_placed(sent, "patient_address", "patient_lat", "patient_lon")


_WHEN_SENT = {"x-present-when": "so gesendet"}


class NearbyTherapist(V1Distance):
    """A therapist as sent, and how far away."""

    id = Identifier()
    latitude = fields.Float(allow_none=True, metadata=_WHEN_SENT)
    longitude = fields.Float(allow_none=True, metadata=_WHEN_SENT)
    strasse = fields.String(allow_none=True, metadata=_WHEN_SENT)
    plz = fields.String(allow_none=True, metadata=_WHEN_SENT)
    ort = fields.String(allow_none=True, metadata=_WHEN_SENT)


class UnplacedTherapist(Schema):
    id = Identifier()
    reason = Choice(UnknownPlace)


class FindTherapistsAnswer(Schema):
    status = Choice((SUCCESS, PARTIAL))
    count = fields.Integer()
    therapists = fields.List(fields.Nested(NearbyTherapist))
    left_out = fields.List(
        fields.Nested(UnplacedTherapist),
        metadata={"description": "Deren Ort unbekannt ist: weder nah noch fern"},
    )
