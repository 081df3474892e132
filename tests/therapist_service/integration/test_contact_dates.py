"""An answer recorded by matching shows at everybody behind the mailbox."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from shared.contracts.event_types import MATCHING_EVENTS, dump
from shared.db import Database
from shared.events.envelope import Event
from therapist_service.consumers import HANDLERS
from therapist_service.wiring import Wiring


@pytest.fixture
def therapist_ids(api: FlaskClient) -> list[int]:
    people = [{"vorname": name, "nachname": "Lee"} for name in ("Kim", "Ada", "Bo")]
    answers = [api.post("/api/v2/therapists", json=person).json or {} for person in people]
    return [answer["id"] for answer in answers]


def cooling(
    therapist_ids: list[int], last: date, until: date, what: str = "cooling.started"
) -> Event:
    data = {
        "version": 1,
        "therapist_ids": therapist_ids,
        "bundle_id": 7,
        "last_contact_date": last,
        "next_contactable_date": until,
    }
    return Event(
        uuid4(),
        what,
        MATCHING_EVENTS,
        "mailbox",
        "/matching_service",
        datetime.now(UTC),
        dump(what, data),
    )


NOVEMBER = (date(2026, 11, 1), date(2026, 11, 29))
OCTOBER = (date(2026, 10, 1), date(2026, 10, 29))


@pytest.mark.parametrize(
    "news",
    [
        [NOVEMBER],
        [OCTOBER, NOVEMBER],
        [NOVEMBER, OCTOBER],
        [NOVEMBER, NOVEMBER],
    ],
)
def test_dates_never_go_back_in_whatever_order_news_come(
    api: FlaskClient,
    own_database: Database,
    wiring: Wiring,
    therapist_ids: list[int],
    news: list[tuple[date, date]],
) -> None:
    kim, ada, bo = therapist_ids
    [projection] = HANDLERS.projections["cooling.started"]
    for last, until in news:
        with own_database.transaction() as session:
            event = cooling([ada, kim, 4711], last, until)
            projection(session, [event], wiring, datetime.now(UTC))

    def dates(therapist_id: int) -> tuple[Any, ...]:
        seen = api.get(f"/api/v2/therapists/{therapist_id}").json or {}
        return seen["last_contact_date"], seen["next_contactable_date"], seen["version"]

    assert dates(kim) == dates(ada) == ("2026-11-01", "2026-11-29", 1)
    assert dates(bo) == (None, None, 1)


def test_an_override_alone_makes_the_date_earlier(
    api: FlaskClient, own_database: Database, wiring: Wiring, therapist_ids: list[int]
) -> None:
    """One function hears both kinds, so that they stay in the order of their mailbox."""
    [projection] = HANDLERS.projections["cooling.overridden"]
    assert HANDLERS.projections["cooling.started"] == [projection]
    kim = therapist_ids[0]
    earlier = (date(2026, 11, 1), date(2026, 11, 9))
    story = [cooling([kim], *NOVEMBER), cooling([kim], *earlier, "cooling.overridden")]

    def dates_after(events: list[Event]) -> tuple[str, str]:
        with own_database.transaction() as session:
            projection(session, events, wiring, datetime.now(UTC))
        seen = api.get(f"/api/v2/therapists/{kim}").json or {}
        return seen["last_contact_date"], seen["next_contactable_date"]

    assert dates_after(story) == ("2026-11-01", "2026-11-09")
    assert dates_after(story) == ("2026-11-01", "2026-11-09")  # told all over again


def test_one_batch_may_speak_twice_of_the_same_therapist(
    api: FlaskClient, own_database: Database, wiring: Wiring, therapist_ids: list[int]
) -> None:
    [projection] = HANDLERS.projections["cooling.started"]
    kim = therapist_ids[0]
    with own_database.transaction() as session:
        events = [cooling([kim], *NOVEMBER), cooling([kim], *OCTOBER)]
        projection(session, events, wiring, datetime.now(UTC))

    seen = api.get(f"/api/v2/therapists/{kim}").json or {}

    assert seen["next_contactable_date"] == "2026-11-29"


@pytest.mark.parametrize(
    ("news", "shown"),
    [
        ([("cooling.started", NOVEMBER)], ("2026-11-01", "2026-11-29")),
        ([("cooling.started", OCTOBER)], ("2026-10-02", "2026-10-30")),
        ([("cooling.overridden", OCTOBER)], ("2026-10-02", "2026-10-30")),
    ],
)
def test_news_of_a_merged_therapist_show_at_the_survivor_and_shorten_nothing(
    api: FlaskClient,
    own_database: Database,
    wiring: Wiring,
    neighbour: Any,
    therapist_ids: list[int],
    news: list[tuple[str, tuple[date, date]]],
    shown: tuple[str, str],
) -> None:
    survivor, duplicate, _ = therapist_ids
    [projection] = HANDLERS.projections["cooling.started"]
    known = cooling([survivor], date(2026, 10, 2), date(2026, 10, 30))
    path = f"/api/v2/therapist-bundles?therapist_id={duplicate}&open=true"
    neighbour.answers[path] = lambda _: {"data": []}
    body = {"duplicate_id": duplicate, "reason": "beide unter einer Adresse"}
    assert api.post(f"/api/v2/therapists/{survivor}/merge", json=body).status_code == 200

    late = [cooling([duplicate], *dates, what) for what, dates in news]
    with own_database.transaction() as session:
        projection(session, [known, *late], wiring, datetime.now(UTC))

    seen = api.get(f"/api/v2/therapists/{survivor}").json or {}
    assert (seen["last_contact_date"], seen["next_contactable_date"]) == shown
