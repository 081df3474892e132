"""Where a postcode lies, asked of the geocoding service."""

from dataclasses import dataclass

from shared.http.service_client import ServiceClient, ServiceRefused, ServiceUnavailable


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
        if not plz:
            return UNKNOWN
        try:
            found = self._geocoding.get(f"/api/v2/places/{plz}")
        except ServiceUnavailable:
            return PENDING
        except ServiceRefused as refusal:
            return UNKNOWN if refusal.slug == "not-found" else PENDING
        return Place(found["status"], found["latitude"], found["longitude"])
