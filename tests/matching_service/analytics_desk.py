"""Reading the analytics as staff do, after the worker has counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from matching_service.storage.analytics import refresh
from shared.db import Database
from tests.matching_service.staff_desk import content

Answer = dict[str, Any]


@dataclass
class Analytics:
    api: FlaskClient
    database: Database

    def refresh(self, now: datetime | None = None) -> bool:
        with self.database.transaction() as session:
            return refresh(session, now or datetime.now(UTC))

    def read(self, resource: str, **query: str) -> Answer:
        return content(self.api.get(f"/api/v2/analytics/{resource}", query_string=query))


def each_number(answer: Any) -> Iterator[Answer]:
    """Wherever in the answer."""
    if isinstance(answer, dict) and "definition" in answer:
        yield answer
    elif isinstance(answer, dict | list):
        for inner in answer.values() if isinstance(answer, dict) else answer:
            yield from each_number(inner)


def parts(number: Answer) -> tuple[int | None, int | None]:
    return number["numerator"], number["denominator"]
