"""One bundle through the API, from the request to the committed answer, beside many searches.

A real gunicorn and a PostgreSQL that waits for its disk; the therapists of the requests are drawn
over the whole country, so that crowded cities are among them as often as they are in life.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from statistics import quantiles
from typing import Any

import requests
from sqlalchemy import insert, text

from bench.matching.germany import Germany
from matching_service.domain.availability import DAY_STRIDE, WEEKDAYS, Availability, WeeklySchedule
from matching_service.domain.snapshots import (
    PatientSnapshot,
    Place,
    SearchSnapshot,
    TherapistSnapshot,
)
from matching_service.storage.snapshot_store import keep_patients, keep_therapists, mailbox_ids
from matching_service.storage.tables import Platzsuche
from shared.db import Database
from tests.conftest import Database as TestDatabase
from tests.issuer import Issuer
from tests.served import served

NOBODY = "http://127.0.0.1:9"
_AT_ONCE = 1_000


@dataclass(frozen=True)
class Took:
    """Milliseconds of a request, as its caller saw them."""

    p50: float
    p95: float
    p99: float
    worst: float
    requests: int
    bundles: int


def creations(url: str, issuer: Issuer, therapist_ids: Sequence[int]) -> Took:
    """One after the other, a bundle each; the first ten are not counted."""
    with requests.Session() as staff:
        staff.headers.update(issuer.bearer("staff"))
        answers = [_create(staff, url, therapist_id) for therapist_id in therapist_ids]
    counted = answers[10:]
    waits = [milliseconds for milliseconds, _ in counted]
    cuts = quantiles(waits, n=100)
    made = sum(bundles for _, bundles in counted)
    return Took(cuts[49], cuts[94], cuts[98], max(waits), len(waits), made)


def _create(staff: requests.Session, url: str, therapist_id: int) -> tuple[float, int]:
    began = time.perf_counter()
    answer = staff.post(
        f"{url}/api/v2/therapist-bundles/create", json={"therapist_ids": [therapist_id]}
    )
    waited = (time.perf_counter() - began) * 1000
    answer.raise_for_status()
    return waited, len(answer.json()["bundles"])


def some_therapists(world: Germany, count: int, seed: int = 9) -> list[int]:
    """One per mailbox."""
    of_mailbox = {one.mailbox_id: one.therapist_id for one in world.therapists}
    return Random(seed).sample(sorted(of_mailbox.values()), count)  # noqa: S311 - sample data


@contextmanager
def matching_service(database: TestDatabase, issuer: Issuer, workers: int = 1) -> Iterator[str]:
    environment = {
        "ENVIRONMENT": "test",
        "DATABASE_URL": database.url("matching_service"),
        "PATIENT_SERVICE_URL": NOBODY,
        "THERAPIST_SERVICE_URL": NOBODY,
        **{name.upper(): value for name, value in issuer.settings.items()},
    }
    with served("matching_service", environment, workers=workers) as url:
        yield url


def populate(database: TestDatabase, world: Germany) -> None:
    own = Database(database.url("matching_service"))
    with own.transaction() as session:
        keys = mailbox_ids(session, [f"mailbox-{one.mailbox_id}" for one in world.therapists])
    for part in _parts(world.therapists):
        with own.transaction() as session:
            keep_therapists(session, [_therapist(one, keys) for one in part])
    for searches in _parts(world.searches):
        with own.transaction() as session:
            keep_patients(session, [_patient(one.patient) for one in searches])
            session.execute(insert(Platzsuche), [_search(one) for one in searches])
    own.dispose()
    with database.engine(database.admin_url).connect() as admin:
        admin.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def _parts(everybody: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for begin in range(0, len(everybody), _AT_ONCE):
        yield everybody[begin : begin + _AT_ONCE]


def _therapist(one: TherapistSnapshot, keys: dict[str, int]) -> dict[str, Any]:
    key = f"mailbox-{one.mailbox_id}"
    same = ("therapist_id", "version", "status", "plz", "kassensitz", "geschlecht", "altersgruppe")
    wishes = ("age_min", "age_max", "gender_preference", "group_therapy_preference")
    return {
        **{name: getattr(one, name) for name in (*same, *wishes)},
        **_place(one.place),
        "deleted": False,
        "mailbox_id": keys[key],
        "mailbox_key": key,
        "verfahren": list(one.verfahren or ()),
        "sprachen": list(one.sprachen or ()),
        "has_email": one.has_email,
        "has_phone": one.has_phone,
        "opted_out": False,
        "potentially_available": one.potentially_available,
        "preferred_diagnoses": list(one.preferred_diagnoses or ()),
        "working_hours": _hours(one.working_hours),
    }


def _patient(one: PatientSnapshot) -> dict[str, Any]:
    same = ("patient_id", "version", "max_km", "travel_mode", "geschlecht", "geburtsdatum")
    more = ("diagnose", "versicherungsart", "verfahren", "therapist_gender_preference")
    return {
        **{name: getattr(one, name) for name in (*same, *more, "group_ok", "only_group")},
        **_place(one.place),
        "deleted": False,
        "status": "auf der Suche",
        "plz": "00000",
        "sprachen": list(one.sprachen),
        "availability": _hours(one.availability),
        "excluded_therapists": [],
        "vertraege_unterschrieben": True,
        "psychotherapieerfahrung": False,
    }


def _search(one: SearchSnapshot) -> dict[str, Any]:
    since: datetime = one.waiting_since
    return {
        "id": one.search_id,
        "patient_id": one.patient.patient_id,
        "status": "active",
        "requested_at": since,
        "waiting_since": since,
        "total_requested_contacts": one.remaining_contacts,
        "created_by": "bench",
    }


def _place(place: Any) -> dict[str, Any]:
    assert isinstance(place, Place)
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "place_status": place.precision,
    }


def _hours(schedule: Availability) -> dict[str, list[dict[str, str]]] | None:
    """Back into the form in which the read model keeps it; there is one stretch a day."""
    if not isinstance(schedule, WeeklySchedule):
        return None
    week = {}
    for number, day in enumerate(WEEKDAYS):
        minutes = schedule.free_minutes >> number * DAY_STRIDE & (1 << 24 * 60) - 1
        if minutes:
            begin, end = (minutes & -minutes).bit_length() - 1, minutes.bit_length()
            week[day] = [{"start": _clock(begin), "end": _clock(end)}]
    return week


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
