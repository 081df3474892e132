"""Where postcodes lie, asked of the geocoding service."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from shared.http.service_client import ServiceClient, ServiceRefused, ServiceUnavailable

LARGEST_BATCH = 500


@dataclass(frozen=True)
class Place:
    """`status`: exact, approximate, unknown (no such place) or pending (nobody could be asked)."""

    status: str
    latitude: float | None = None
    longitude: float | None = None


PENDING = Place("pending")
UNKNOWN = Place("unknown")


class Places:
    """Never raises: a place that could not be asked for is pending and asked for again later."""

    def __init__(self, geocoding: ServiceClient) -> None:
        self._geocoding = geocoding

    def locate(self, plz: str | None) -> Place:
        return self.locate_all([plz])[plz] if plz else UNKNOWN

    def locate_all(self, plzs: Iterable[str]) -> dict[str, Place]:
        """Postcode → place. After the first failure nobody is asked any more."""
        wanted = sorted(set(plzs))
        places = dict.fromkeys(wanted, PENDING)
        for some in _batches(wanted):
            try:
                answer = self._geocoding.post("/api/v2/places/batch-get", {"ids": some})
            except (ServiceUnavailable, ServiceRefused):
                break
            places |= dict.fromkeys(some, UNKNOWN)
            places |= {
                found["plz"]: Place(found["status"], found["latitude"], found["longitude"])
                for found in answer["data"]
            }
        return places


def _batches(plzs: Sequence[str]) -> Iterable[list[str]]:
    rest = iter(plzs)
    while some := list(islice(rest, LARGEST_BATCH)):
        yield some
