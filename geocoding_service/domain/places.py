"""Where something is, and how well that is known."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar


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
    NO_POSTCODE = "no_postcode"
    NOTHING_NEARBY = "nothing_nearby"


class NotLocated(Exception):
    """`field` is what the caller calls the place that could not be found."""

    def __init__(self, field: str, reason: UnknownPlace) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


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


@dataclass(frozen=True, slots=True)
class PlacedPostcode:
    plz: str
    place: Place


Located = TypeVar("Located", Place, PlacedPostcode)


def known(field: str, located: Located | UnknownPlace) -> Located:
    """What was found, for callers that cannot go on without it. Raises NotLocated."""
    if isinstance(located, UnknownPlace):
        raise NotLocated(field, located)
    return located


def is_postcode(text: str) -> bool:
    """True for five ASCII digits; whether that postcode exists is another question."""
    return _FIVE_DIGITS.fullmatch(text) is not None


def postcode_in(address: str) -> str | None:
    """The last group of five digits: in a German address the postcode follows the street."""
    groups: list[str] = _POSTCODE_IN_TEXT.findall(address)
    return groups[-1] if groups else None


_FIVE_DIGITS = re.compile(r"[0-9]{5}")
_POSTCODE_IN_TEXT = re.compile(r"(?<![0-9])[0-9]{5}(?![0-9])")
