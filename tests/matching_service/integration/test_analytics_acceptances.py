"""What the numbers say of acceptances: after how many of them somebody came."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.matching_service.analytics_desk import Analytics, parts
from tests.matching_service.desk import SEARCHES, Desk
from tests.matching_service.random_year import TODAY
from tests.matching_service.world import World

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def desk(api: FlaskClient, world: World) -> Desk:
    for therapist_id in (1, 2):
        world.add_therapist(therapist_id)
    return Desk(api, world)


@pytest.fixture
def searches(desk: Desk) -> list[int]:
    return [desk.world.add_search(patient_id) for patient_id in (1, 2, 3)]


def _meet(desk: Desk, search_id: int, day: Any) -> None:
    changes = {"first_meeting_on": day and day.isoformat()}
    tag = {"If-Match": f'"{desk.search(search_id)["version"]}"'}
    desk.call("PATCH", f"{SEARCHES}/{search_id}", 200, json=changes, headers=tag)


def _show_rate(analytics: Analytics) -> tuple[int | None, int | None]:
    analytics.refresh()
    return parts(analytics.read("bundle-efficiency")["total"]["show_rate"])


@pytest.mark.parametrize(
    ("day", "end", "came"),
    [
        (YESTERDAY, "therapist_withdrew", 1),
        (YESTERDAY, "patient_declined", 1),
        (YESTERDAY, "trial_failed", 1),
        (None, "trial_failed", 1),
        (TODAY, "therapist_withdrew", 1),
        (TOMORROW, "therapist_withdrew", 0),
        (None, "therapist_withdrew", 0),
        (YESTERDAY, "no_show", 0),
        (YESTERDAY, "correction", None),
    ],
)
def test_whoever_came_has_come_although_the_sessions_then_ended(
    desk: Desk, searches: list[int], analytics: Analytics, day: Any, end: str, came: int | None
) -> None:
    desk.answer(desk.sent(1), {searches[0]: "accepted"})
    _meet(desk, searches[0], day)

    desk.move(searches[0], "active", end_reason=end)

    assert _show_rate(analytics) == ((0, 0) if came is None else (came, 1))


def test_nor_is_it_forgotten_when_the_next_therapist_takes_the_patient(
    desk: Desk, searches: list[int], analytics: Analytics
) -> None:
    first, second = desk.sent(1), desk.sent(2)
    desk.answer(first, {searches[0]: "accepted"})
    _meet(desk, searches[0], YESTERDAY)
    conflict = desk.answer(second, {searches[0]: "accepted"})["conflicts"][0]

    desk.move(searches[0], "active", end_reason="therapist_withdrew")
    path = f"/api/v2/staff/conflicts/{conflict['id']}/resolve"
    desk.call("POST", path, 200, json={"resolution": "swap"})
    _meet(desk, searches[0], TOMORROW)

    assert _show_rate(analytics) == (1, 1), "the second one is young still"


def test_a_search_that_is_given_up_before_the_meeting_has_seen_nobody_come(
    desk: Desk, searches: list[int], analytics: Analytics
) -> None:
    desk.answer(desk.sent(1), dict.fromkeys(searches, "accepted"))
    for search_id, day in zip(searches, (YESTERDAY, TOMORROW, None), strict=True):
        _meet(desk, search_id, day)
        desk.move(search_id, "abandoned", end_reason="moved")

    assert _show_rate(analytics) == (1, 3)
