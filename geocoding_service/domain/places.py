"""Where something is, and how well that is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar


class Precision(StrEnum):
    """What the coordinates stand for, from fine to coarse."""

    POINT = "point"
    STREET = "street"
    PLZ5 = "plz5"
    TOWN = "town"
    PLZ3 = "plz3"

    @property
    def coarseness(self) -> int:
        return _COARSENESS[self]


_COARSENESS = {precision: rank for rank, precision in enumerate(Precision)}


class PlaceStatus(StrEnum):
    EXACT = "exact"
    APPROXIMATE = "approximate"


class PlaceSource(StrEnum):
    NOMINATIM = "nominatim"
    CACHE = "cache"
    PLZ_CENTROIDS = "plz_centroids"


class UnknownPlace(StrEnum):
    """The answer when there is no place; the value is the reason."""

    MALFORMED_POSTCODE = "malformed_postcode"
    UNKNOWN_POSTCODE = "unknown_postcode"
    NO_POSTCODE = "no_postcode"
    NO_SUCH_ADDRESS = "no_such_address"
    GEOCODER_SILENT = "geocoder_silent"
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
        coarse = self.precision in (Precision.TOWN, Precision.PLZ3)
        return PlaceStatus.APPROXIMATE if coarse else PlaceStatus.EXACT

    @property
    def is_an_address(self) -> bool:
        """House or street, and not the middle of some area."""
        return self.precision in (Precision.POINT, Precision.STREET)


@dataclass(frozen=True, slots=True)
class Finding:
    """A place, who says so, and what it is called there (`address` by OpenStreetMap's words)."""

    place: Place
    source: PlaceSource
    address: Mapping[str, str] = field(default_factory=dict)
    display_name: str = ""


Located = TypeVar("Located", Place, Finding)


def known(field: str, located: Located | UnknownPlace) -> Located:
    """What was found, for callers that cannot go on without it. Raises NotLocated."""
    if isinstance(located, UnknownPlace):
        raise NotLocated(field, located)
    return located


def finer(one: Finding, other: Finding | UnknownPlace) -> Finding:
    """Of two answers to one question the more precise, else the first."""
    if isinstance(other, UnknownPlace):
        return one
    return min(one, other, key=lambda finding: finding.place.precision.coarseness)
