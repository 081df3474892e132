"""Everything that waits for a person, opened and closed by time and by what people enter."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient

from matching_service.api.tasks import TASK_TEXTS
from matching_service.domain.follow_ups import FollowUps
from matching_service.storage.tables import Task
from matching_service.use_cases.task_list import close_settled, open_follow_ups
from matching_service.use_cases.tasks import open_task
from shared.contracts.berlin import berlin_day, berlin_midnight
from tests.architecture.house import calls_of, texts_in
from tests.issuer import Issuer
from tests.matching_service.staff_desk import (
    BUNDLES,
    SEARCHES,
    STAFF,
    answer,
    content,
    create,
    move,
    refusal,
)
from tests.matching_service.world import World

WAITS = FollowUps(14, 42)


@pytest.fixture
def in_sessions(api: FlaskClient, world: World) -> int:
    """A search whose patient was accepted just now."""
    world.add_therapist(1)
    search_id = world.add_search(1)
    answer(api, create(api, 1, send=True), "accepted")
    return search_id


def _after(world: World, days: int) -> int:
    """What the job opens so many Berlin days later, at the very beginning of the day."""
    midnight = berlin_midnight(berlin_day(world.now) + timedelta(days=days))
    with world.database.transaction() as session:
        return open_follow_ups(session, WAITS, midnight)


def _tidy(world: World) -> int:
    with world.database.transaction() as session:
        return close_settled(session, world.now)


def _tasks(api: FlaskClient, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = content(api.get(f"{STAFF}/tasks", query_string=query))["data"]
    return found


def _done(api: FlaskClient, task: dict[str, Any], **body: Any) -> Any:
    return api.post(f"{STAFF}/tasks/{task['id']}/done", json=body)


def _patch(api: FlaskClient, search_id: int, **changes: Any) -> None:
    path = f"{SEARCHES}/{search_id}"
    tag = api.get(path).headers["ETag"]
    content(api.patch(path, json=changes, headers={"If-Match": tag}))


def test_an_acceptance_without_a_first_meeting_is_a_task_after_14_days_and_only_once(
    api: FlaskClient, world: World, in_sessions: int
) -> None:
    assert [_after(world, days) for days in (13, 14, 15)] == [0, 1, 0]

    (task,) = _tasks(api)
    fourteen = (berlin_day(world.now) + timedelta(days=14)).isoformat()
    assert (task["kind"], task["state"], task["due_on"]) == ("no_first_meeting", "open", fourteen)
    assert (task["ref"], task["ref_id"], task["search_id"], task["therapist_id"]) == (
        "search",
        in_sessions,
        in_sessions,
        1,
    )
    assert task["text"] == "Nach der Zusage ist noch kein Erstgespräch eingetragen."


def test_the_first_meeting_closes_it_and_42_days_without_a_decision_are_the_next(
    api: FlaskClient, world: World, in_sessions: int
) -> None:
    _after(world, 14)
    _patch(api, in_sessions, first_meeting_on="2026-12-01")
    closed = _tasks(api)

    assert [_after(world, days) for days in (41, 42, 43)] == [0, 1, 0]
    open_ones = _tasks(api, state="open")
    content(move(api, in_sessions, "active", end_reason="trial_failed"))

    assert [(t["kind"], t["state"], t["done_by"]) for t in closed] == [
        ("no_first_meeting", "done", "system")
    ]
    assert [t["kind"] for t in open_ones] == ["no_decision"]
    assert _tasks(api, state="open") == []


def test_a_reason_that_comes_back_brings_its_task_back_but_not_one_that_a_person_has_done(
    api: FlaskClient, world: World, in_sessions: int
) -> None:
    _after(world, 14)
    _patch(api, in_sessions, first_meeting_on="2026-12-01")
    _patch(api, in_sessions, first_meeting_on=None)

    again = _after(world, 20)
    (task,) = _tasks(api, state="open")
    content(_done(api, task, note="Patient ist im Urlaub"))

    assert (again, _after(world, 25)) == (1, 0)


def test_the_next_acceptance_is_followed_up_anew(
    api: FlaskClient, world: World, in_sessions: int
) -> None:
    _after(world, 14)
    (task,) = _tasks(api)
    content(_done(api, task))
    content(move(api, in_sessions, "active", end_reason="no_show"))
    world.add_therapist(2)
    answer(api, create(api, 2, send=True), "accepted")

    _after(world, 14)

    assert [t["therapist_id"] for t in _tasks(api, state="open")] == [2]


@pytest.mark.usefixtures("in_sessions")
def test_jobs_that_run_beside_each_other_open_no_task_twice(api: FlaskClient, world: World) -> None:
    start = Barrier(4)

    def run(_: int) -> int:
        start.wait()
        return _after(world, 42)

    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(run, range(4)))

    assert sum(opened) == 2
    assert sorted(t["kind"] for t in _tasks(api)) == ["no_decision", "no_first_meeting"]


def test_who_has_done_a_task_and_when_stays_whoever_says_so_again(
    api: FlaskClient, world: World, issuer: Issuer, in_sessions: int
) -> None:
    _after(world, 14)
    (task,) = _tasks(api)

    first = content(_done(api, task, note="angerufen"))
    path, boss = f"{STAFF}/tasks/{task['id']}/done", issuer.bearer("admin")
    again = content(api.post(path, json={"note": "ich auch"}, headers=boss))

    assert (first["state"], first["done_by"], first["note"]) == ("done", "staff1", "angerufen")
    assert again == first
    refusal(api.post(f"{STAFF}/tasks/999/done", json={}), 404, "not-found")
    refusal(api.get(f"{STAFF}/tasks", headers=issuer.bearer("service")), 403, "forbidden")


def test_a_conflict_is_done_by_resolving_it(api: FlaskClient, world: World) -> None:
    _add_tasks(world, Task(kind="conflict", ref_table="conflict", ref_id=1))
    (task,) = _tasks(api, kind="conflict")

    problem = refusal(_done(api, task), 409, "illegal-transition")

    assert problem["legal"] == ["resolve"]


def test_open_tasks_come_first_the_longest_due_on_top_page_by_page(
    api: FlaskClient, world: World
) -> None:
    today = world.now.date()
    _add_tasks(
        world,
        *(
            Task(
                kind="mail_failed" if number % 2 else "draft_expired",
                ref_table="therapeutenanfrage",
                ref_id=number,
                due_on=today - timedelta(days=number),
                done_at=world.now if number in (5, 2) else None,
                done_by="anna" if number in (5, 2) else None,
            )
            for number in range(1, 7)
        ),
    )

    seen, cursor = [], None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = content(api.get(f"{STAFF}/tasks", query_string=query))
        seen += [t["ref_id"] for t in page["data"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert (seen, page["total"]) == ([6, 4, 3, 1, 5, 2], 6)
    assert [t["ref_id"] for t in _tasks(api, state="done")] == [5, 2]
    assert [t["ref_id"] for t in _tasks(api, kind="mail_failed")] == [3, 1, 5]
    for wrong in ("cursor=W10=", "cursor=W3RydWUsICJ4IiwgMV0=", "state=later"):
        refusal(api.get(f"{STAFF}/tasks?{wrong}"), 422, "validation-failed")


@pytest.mark.parametrize(
    ("kind", "sent", "closed"),
    [
        ("mail_failed", False, 0),
        ("mail_failed", True, 1),
        ("mail_unknown", True, 0),
        ("too_small_to_send", True, 1),
        ("draft_expired", True, 0),
    ],
)
def test_a_task_about_an_inquiry_ends_when_the_inquiry_has_moved_on(
    api: FlaskClient, world: World, kind: str, sent: bool, closed: int
) -> None:
    world.add_therapist(1)
    world.add_search(1)
    bundle = create(api, 1)
    with world.database.transaction() as session:
        open_task(session, kind, bundle["id"], world.now)
    if sent:
        content(api.post(f"{BUNDLES}/{bundle['id']}/send"), 202)

    assert _tidy(world) == closed
    (task,) = _tasks(api)
    assert (task["bundle_id"], task["therapist_id"]) == (bundle["id"], 1)


def test_every_kind_of_task_says_in_german_what_it_is() -> None:
    opened = {
        kind for call in calls_of("open_task", "matching_service") for kind in texts_in(call.args)
    }

    assert opened - set(TASK_TEXTS) == set()
    assert {"draft_expired", "mail_unknown"} <= opened


def _add_tasks(world: World, *tasks: Task) -> None:
    with world.database.transaction() as session:
        for task in tasks:
            task.due_on = task.due_on or world.now.date()
            task.created_at, task.detail = datetime.now(UTC), {}
            session.add(task)
