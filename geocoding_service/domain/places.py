"""Where something is, and how well that is known."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Precision(StrEnum):
    """What the coordinates stand for, from fine to coarse."""

    POINT = "point"
    PLZ5 = "plz5"
    PLZ3 = "plz3"


class PlaceStatus(StrEnum):
    EXACT = "exact"
    APPROXIMATE = "approximate"


class PlaceSource(StrEnum):
    COORDINATES = "coordinates"
    PLZ_CENTROIDS = "plz_centroids"


class UnknownPlace(StrEnum):
    """The answer when there is no place; the value is the reason."""

    MALFORMED_POSTCODE = "malformed_postcode"
    UNKNOWN_POSTCODE = "unknown_postcode"


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees in WGS 84; a value outside -90..90 or -180..180 (NaN too) is a ValueError."""

    latitude: float
    longitude: float
    precision: Precision

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError(f"not on earth: {self.latitude}, {self.longitude}")

    @property
    def status(self) -> PlaceStatus:
        coarse = self.precision is Precision.PLZ3
        return PlaceStatus.APPROXIMATE if coarse else PlaceStatus.EXACT

    @property
    def source(self) -> PlaceSource:
        given = self.precision is Precision.POINT
        return PlaceSource.COORDINATES if given else PlaceSource.PLZ_CENTROIDS


def is_postcode(text: str) -> bool:
    """True for five ASCII digits; whether that postcode exists is another question."""
    return _FIVE_DIGITS.fullmatch(text) is not None


_FIVE_DIGITS = re.compile(r"[0-9]{5}")
