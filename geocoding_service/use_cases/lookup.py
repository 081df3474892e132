"""Questions to geocoder and router: remembered answers first, then the servers, else silence.

Servers are asked between transactions: each look into the memory is a short one of its own. What
they said is kept, also when they know of nothing; silence and estimates never are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from geocoding_service.domain.distance import DistanceSource, Route
from geocoding_service.domain.places import Finding, Place
from geocoding_service.gateways.http_get import Deadline
from geocoding_service.gateways.nominatim import Nominatim
from geocoding_service.gateways.osrm import Osrm, coordinates
from geocoding_service.gateways.server import Silent
from geocoding_service.storage.memory import Memory, Nothing
from shared.db import Database


@dataclass(frozen=True)
class Outside:
    """The servers beyond the house, as far as there are any, and what they said before.

    `seconds`: in these a caller must have an answer, whatever they do.
    """

    database: Database
    memory: Memory
    nominatim: Nominatim | None
    osrm: Osrm | None
    seconds: float


class Lookup:
    """The questions of one request, which share its time. `afresh`: remembers nothing."""

    def __init__(self, outside: Outside, now: datetime, *, afresh: bool = False) -> None:
        self._outside, self._now, self._afresh = outside, now, afresh
        self._deadline = Deadline.within(outside.seconds)

    @property
    def has_geocoder(self) -> bool:
        return self._outside.nominatim is not None

    def find(
        self, question: str, ask: Callable[[Nominatim, Deadline], Finding | None]
    ) -> Finding | Nothing | None:
        """None: nobody could say."""
        nominatim, memory = self._outside.nominatim, self._outside.memory
        if nominatim is None:
            return None
        if not self._afresh:
            with self._outside.database.transaction() as session:
                remembered = memory.finding(session, question, self._now)
            if remembered is not None:
                return remembered
        try:
            found = ask(nominatim, self._deadline)
        except Silent:
            return None
        with self._outside.database.transaction() as session:
            memory.keep_finding(session, question, found, self._now)
        return found or Nothing()

    def route(self, origin: Place, destination: Place) -> tuple[Route, DistanceSource] | None:
        """By car; None: there is no way, or nobody could say."""
        osrm, memory = self._outside.osrm, self._outside.memory
        if osrm is None:
            return None
        question = f"route car {coordinates([origin, destination])}"
        if not self._afresh:
            with self._outside.database.transaction() as session:
                remembered = memory.route(session, question, self._now)
            if remembered is not None:
                return _told(remembered, DistanceSource.CACHE)
        try:
            route = osrm.route(origin, destination, self._deadline)
        except Silent:
            return None
        with self._outside.database.transaction() as session:
            memory.keep_route(session, question, route, self._now)
        return _told(route or Nothing(), DistanceSource.OSRM)

    def routes_from(
        self, origin: Place, choose: Callable[[int], Sequence[Place]]
    ) -> Mapping[Place, Route]:
        """By car, in one request; `choose` names at most so many destinations."""
        osrm = self._outside.osrm
        destinations = choose(osrm.most_destinations) if osrm else ()
        if osrm is None or not destinations:
            return {}
        try:
            return osrm.routes_from(origin, destinations, self._deadline)
        except Silent:
            return {}


def _told(answer: Route | Nothing, by: DistanceSource) -> tuple[Route, DistanceSource] | None:
    return None if isinstance(answer, Nothing) else (answer, by)
