"""What geocoder and router said before: found by the question, overwritten by a later answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geocoding_service.domain.distance import Route
from geocoding_service.domain.places import Finding, Place, PlaceSource, Precision
from geocoding_service.storage.sealing import Seal
from geocoding_service.storage.tables import Answered, Geocode, RouteRow


@dataclass(frozen=True)
class Nothing:
    """Asked and answered: there is no such place, or no such way."""


Remembered: TypeAlias = Nothing | None
"""Beside what was found; None: it was not asked, or too long ago."""


@dataclass(frozen=True)
class Keeping:
    """How long answers hold: what there is, and what there is not."""

    geocodes: timedelta
    routes: timedelta
    nothing: timedelta


@dataclass(frozen=True)
class Memory:
    seal: Seal
    keeping: Keeping

    def finding(self, session: Session, question: str, now: datetime) -> Finding | Remembered:
        row = session.get(Geocode, self.seal.question(question))
        if row is None or row.expires_at <= now:
            return None
        if row.answer is None:
            return Nothing()
        answer = self.seal.open(question, row.answer)
        return None if answer is None else _finding(answer)

    def keep_finding(
        self, session: Session, question: str, found: Finding | None, now: datetime
    ) -> None:
        answer = None if found is None else self.seal.close(question, _content(found))
        keep = self.keeping.nothing if found is None else self.keeping.geocodes
        self._keep(session, Geocode, question, keep, now, answer=answer)

    def route(self, session: Session, question: str, now: datetime) -> Route | Remembered:
        row = session.get(RouteRow, self.seal.question(question))
        if row is None or row.expires_at <= now:
            return None
        if row.metres is None or row.seconds is None:
            return Nothing()
        return Route(row.metres, row.seconds)

    def keep_route(
        self, session: Session, question: str, route: Route | None, now: datetime
    ) -> None:
        keep = self.keeping.nothing if route is None else self.keeping.routes
        metres, seconds = (route.metres, route.seconds) if route else (None, None)
        self._keep(session, RouteRow, question, keep, now, metres=metres, seconds=seconds)

    def _keep(
        self,
        session: Session,
        table: type[Answered],
        question: str,
        keep: timedelta,
        now: datetime,
        **answer: Any,
    ) -> None:
        """Of two that asked at once the later one's answer stays."""
        values = {"asked_at": now, "expires_at": now + keep, **answer}
        row = insert(table).values(question=self.seal.question(question), **values)
        newer = row.excluded.asked_at >= table.asked_at
        session.execute(
            row.on_conflict_do_update(index_elements=["question"], set_=values, where=newer)
        )


def _content(found: Finding) -> dict[str, Any]:
    return {
        "latitude": found.place.latitude,
        "longitude": found.place.longitude,
        "precision": found.place.precision,
        "address": dict(found.address),
        "display_name": found.display_name,
    }


def _finding(content: dict[str, Any]) -> Finding:
    precision = Precision(content["precision"])
    place = Place(content["latitude"], content["longitude"], precision)
    return Finding(place, PlaceSource.CACHE, content["address"], content["display_name"])
