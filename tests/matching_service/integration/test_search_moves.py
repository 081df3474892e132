"""A search on its way through its states: one test per row of the table, and what follows."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from matching_service.config import Config
from matching_service.domain.errors import IllegalTransition
from matching_service.domain.lifecycle import SEARCH_MOVES, SearchStatus, legal_search_moves
from matching_service.jobs.paused_searches import resume_searches
from matching_service.use_cases.search_moves import (
    Move,
    abandon_search_of_deleted_patient,
    move_search,
)
from matching_service.use_cases.searches import create_patient_search
from matching_service.wiring import wire
from shared.contracts.berlin import berlin_day, berlin_midnight
from tests.matching_service.locks_in_sql import wait_until_somebody_waits_for
from tests.matching_service.staff_desk import (
    SEARCHES,
    answer,
    content,
    create,
    history,
    move,
    read_bundle,
    read_search,
    refusal,
    told,
)
from tests.matching_service.world import World

Act = Callable[[Session], None]
ACTIVE, PAUSED, IN_SESSIONS, SUCCESSFUL, ABANDONED = SearchStatus
FACTS: dict[tuple[SearchStatus, SearchStatus], dict[str, Any]] = {
    (ACTIVE, PAUSED): {"resume_date": "2199-01-01"},
    (ACTIVE, ABANDONED): {"end_reason": "withdrew"},
    (PAUSED, ACTIVE): {},
    (PAUSED, ABANDONED): {"end_reason": "unreachable"},
    (IN_SESSIONS, SUCCESSFUL): {
        "first_meeting_on": "2026-11-02",
        "sessions_held": 2,
        "therapy_starts_on": "2026-12-01",
        "patient_continues": True,
    },
    (IN_SESSIONS, ACTIVE): {"end_reason": "trial_failed"},
    (IN_SESSIONS, ABANDONED): {"end_reason": "died"},
}


@pytest.fixture
def search_id(world: World) -> int:
    for therapist_id in (1, 2, 3):
        world.add_therapist(therapist_id)
    return world.add_search(1)


def _bring_to(api: FlaskClient, search_id: int, status: SearchStatus) -> None:
    if status in (IN_SESSIONS, SUCCESSFUL):
        answer(api, create(api, 1, send=True), "accepted")
    if status in (PAUSED, ABANDONED, SUCCESSFUL):
        origin = IN_SESSIONS if status is SUCCESSFUL else ACTIVE
        content(move(api, search_id, status, **FACTS[origin, status]))


@pytest.mark.parametrize(("origin", "to"), list(SEARCH_MOVES))
def test_every_move_of_the_table_is_made_told_and_remembered(
    api: FlaskClient,
    search_id: int,
    database: Any,
    origin: SearchStatus,
    to: SearchStatus,
) -> None:
    _bring_to(api, search_id, origin)
    version = read_search(api, search_id)["version"]

    if to is IN_SESSIONS:  # nobody can ask for it: it follows a therapist's acceptance
        answer(api, create(api, 1, send=True), "accepted")
    else:
        content(move(api, search_id, to, reason="gesagt", **FACTS[origin, to]))

    search = read_search(api, search_id)
    line = history(api, search_id, "moved")[-1]
    assert (search["status"], search["version"] > version) == (to, True)
    assert (line["from"], line["to"], line["actor"]) == (origin, to, "staff1")
    assert ("search.status_changed", search_id) in told(database)[-4:]


@pytest.mark.parametrize("origin", SearchStatus)
def test_any_other_move_is_refused_with_the_legal_ones(
    api: FlaskClient, search_id: int, origin: SearchStatus
) -> None:
    _bring_to(api, search_id, origin)
    legal = legal_search_moves(origin)
    before = read_search(api, search_id)

    for to in set(SearchStatus) - set(legal):
        problem = refusal(move(api, search_id, to), 409, "illegal-transition")
        assert problem["legal"] == list(legal)

    assert read_search(api, search_id) == before


@pytest.mark.parametrize("to", [PAUSED, ABANDONED, IN_SESSIONS])
def test_who_leaves_the_hunt_waits_nowhere_else_and_does_not_come_back_by_itself(
    api: FlaskClient, world: World, search_id: int, to: SearchStatus
) -> None:
    other = world.add_search(2)
    sent, draft = create(api, 2, send=True), create(api, 3)

    if to is IN_SESSIONS:
        pinned = [{"therapist_id": 1, "search_id": search_id}]
        answer(api, create(api, 1, pinned=pinned, send=True), "accepted")
    else:
        content(move(api, search_id, to, **FACTS[ACTIVE, to]))
    if to is PAUSED:
        content(move(api, search_id, "active"))

    in_sent, in_draft = (read_bundle(api, one["id"])["patients"] for one in (sent, draft))
    assert [p["status"] for p in in_sent if p["search_id"] == search_id] == ["withdrawn"]
    assert [p["search_id"] for p in in_draft if p["search_id"] != other] == []


def test_a_pause_ends_at_midnight_in_berlin_on_its_day_by_the_system(
    api: FlaskClient, world: World, config: Config, search_id: int
) -> None:
    day = berlin_day(world.now) + timedelta(days=10)
    content(move(api, search_id, "paused", resume_date=day.isoformat()))
    wiring = wire(config, world.database)

    midnight = berlin_midnight(day)
    a_moment_before = midnight - timedelta(microseconds=1)
    resumed = [resume_searches(world.database, wiring, at) for at in (a_moment_before, midnight)]

    search, line = read_search(api, search_id), history(api, search_id, "moved")[-1]
    assert resumed == [0, 1]
    assert (search["status"], search["resume_date"]) == ("active", None)
    assert (line["actor"], line["reason"]) == ("system", "resume_date")


def test_a_pause_ends_in_the_future_only(api: FlaskClient, world: World, search_id: int) -> None:
    today = berlin_day(world.now).isoformat()

    problem = refusal(move(api, search_id, "paused", resume_date=today), 422, "validation-failed")

    assert [e["field"] for e in problem["errors"]] == ["resume_date"]


def test_waiting_counts_on_during_pauses_which_are_shown_apart(
    api: FlaskClient, world: World
) -> None:
    now = world.now
    world.now = now - timedelta(days=30)
    search_id = world.add_search(1)
    for days_ago, to in ((20, PAUSED), (15, ACTIVE), (2, PAUSED)):
        at = now - timedelta(days=days_ago)
        with world.database.transaction() as session:
            move_search(session, search_id, Move(to), actor="anna", now=at)

    shown = read_search(api, search_id)

    assert (shown["waiting_days"], shown["paused_days"]) == (30, 7)


def test_only_a_failed_trial_excludes_the_therapist_and_nothing_of_it_is_left(
    api: FlaskClient, search_id: int
) -> None:
    _bring_to(api, search_id, IN_SESSIONS)
    path = f"{SEARCHES}/{search_id}"
    facts = {
        "first_meeting_on": "2026-11-02",
        "sessions_held": 1,
        "therapy_starts_on": "2027-01-01",
    }
    tag = {"If-Match": api.get(path).headers["ETag"]}
    content(api.patch(path, json=facts, headers=tag))

    back = content(move(api, search_id, "active", end_reason="no_show"))

    assert [(e["therapist_id"], e["source"]) for e in back["excluded_therapists"]] == [(1, "trial")]
    left = ("accepted_at", "accepted_therapist_id", "first_meeting_on", "therapy_starts_on")
    assert [back[name] for name in left] == [None] * 4
    assert back["sessions_held"] == 0


def test_a_success_that_waited_for_the_end_of_the_trial_is_refused_and_not_begun_anew(
    api: FlaskClient, world: World, search_id: int
) -> None:
    _bring_to(api, search_id, IN_SESSIONS)
    failed = partial(_move, search_id, Move(ACTIVE, end_reason="trial_failed"))

    late = _one_behind_the_other(world, failed, partial(_move, search_id, _success(world)))

    with pytest.raises(IllegalTransition):
        late.result()


def test_a_success_stands_when_the_patient_is_deleted_at_the_same_time(
    api: FlaskClient, world: World, search_id: int
) -> None:
    _bring_to(api, search_id, IN_SESSIONS)

    def delete(session: Session) -> None:
        abandon_search_of_deleted_patient(session, 1, world.now)

    late = _one_behind_the_other(world, partial(_move, search_id, _success(world)), delete)

    late.result()
    assert content(api.get(f"{SEARCHES}/{search_id}"))["status"] == SUCCESSFUL


def _success(world: World) -> Move:
    first = berlin_day(world.now)
    return Move(SUCCESSFUL, first_meeting_on=first, sessions_held=1, patient_continues=True)


def _move(search_id: int, wanted: Move, session: Session) -> None:
    move_search(session, search_id, wanted, actor="anna", now=datetime.now(UTC))


def _one_behind_the_other(world: World, first: Act, second: Act) -> "Future[None]":
    """The second one has looked before the first one is through, and ends after it."""

    def follow() -> None:
        with world.database.transaction() as session:
            second(session)

    with ThreadPoolExecutor(1) as aside, world.database.transaction() as session:
        first(session)
        late = aside.submit(follow)
        wait_until_somebody_waits_for(session.connection())
    return late


def test_a_search_that_ends_in_its_sessions_blames_no_therapist(
    api: FlaskClient, search_id: int, database: Any
) -> None:
    _bring_to(api, search_id, IN_SESSIONS)

    ended = content(move(api, search_id, "abandoned", end_reason="died"))

    assert (ended["end_reason"], ended["excluded_therapists"]) == ("died", [])
    rows = "SELECT status, ended_at IS NOT NULL FROM therapeut_anfrage_patient"
    with database.engine(database.url("matching_service")).connect() as session:
        assert [tuple(row) for row in session.execute(text(rows))] == [("accepted", True)]


def test_an_inquiry_shows_when_the_place_that_it_led_to_ended(
    api: FlaskClient, search_id: int
) -> None:
    _bring_to(api, search_id, IN_SESSIONS)
    inquiries = f"/api/v2/therapist-bundles?search_id={search_id}"
    [before] = content(api.get(inquiries))["data"]

    moved = content(move(api, search_id, "abandoned", end_reason="died"))

    [after] = content(api.get(inquiries))["data"]
    ended = [bundle["patients"][0]["ended_at"] for bundle in (before, after)]
    assert moved["status"] == "abandoned"
    assert ended[0] is None
    assert ended[1] is not None


@pytest.mark.parametrize(
    ("to", "facts", "field"),
    [
        ("paused", {"end_reason": "moved"}, "end_reason"),
        ("abandoned", {"end_reason": "moved", "resume_date": "2199-01-01"}, "resume_date"),
        ("abandoned", {"end_reason": "moved", "sessions_held": 3}, "sessions_held"),
    ],
)
def test_what_does_not_belong_to_a_move_is_refused_and_not_lost(
    api: FlaskClient, search_id: int, to: str, facts: dict[str, Any], field: str
) -> None:
    problem = refusal(move(api, search_id, to, **facts), 422, "validation-failed")

    assert [(e["field"], e["code"]) for e in problem["errors"]] == [(field, "not_allowed")]
    assert read_search(api, search_id)["status"] == "active"


def test_sessions_are_entered_once_a_therapist_has_accepted(
    api: FlaskClient, search_id: int
) -> None:
    path = f"{SEARCHES}/{search_id}"
    tag = {"If-Match": api.get(path).headers["ETag"]}

    answered = api.patch(
        path, json={"first_meeting_on": "2026-11-02", "notes": "ruft an"}, headers=tag
    )

    problem = refusal(answered, 422, "validation-failed")
    assert [e["field"] for e in problem["errors"]] == ["first_meeting_on"]
    assert read_search(api, search_id)["notes"] is None


def test_contacts_are_added_by_1_to_100_while_the_search_hunts(
    api: FlaskClient, search_id: int
) -> None:
    path = f"{SEARCHES}/{search_id}/contact-requests"
    for count in (1, 100):
        content(api.post(path, json={"requested_count": count}), 201)
    for count in (0, 101):
        refusal(api.post(path, json={"requested_count": count}), 422, "validation-failed")
    content(move(api, search_id, "paused"))

    resting = refusal(api.post(path, json={"requested_count": 5}), 409, "search-not-active")

    assert resting["search_status"] == "paused"
    assert read_search(api, search_id)["total_requested_contacts"] == 25 + 101


def test_contacts_asked_for_twice_under_one_key_are_added_once(
    api: FlaskClient, search_id: int
) -> None:
    path, key = f"{SEARCHES}/{search_id}/contact-requests", {"Idempotency-Key": "einmal"}
    first = content(api.post(path, json={"requested_count": 5}, headers=key), 201)

    again = content(api.post(path, json={"requested_count": 5}, headers=key), 201)

    assert again == first
    other = api.post(path, json={"requested_count": 6}, headers=key)
    refusal(other, 422, "idempotency-key-reused")
    assert read_search(api, search_id)["total_requested_contacts"] == 25 + 5


def test_the_history_is_read_page_by_page_from_either_end(api: FlaskClient, search_id: int) -> None:
    for _ in range(2):
        content(move(api, search_id, "paused"))
        content(move(api, search_id, "active"))
    path = f"{SEARCHES}/{search_id}/history"
    whole = content(api.get(path))

    first = content(api.get(path, query_string={"limit": 2}))
    rest = content(api.get(path, query_string={"cursor": first["next"]}))
    newest = content(api.get(path, query_string={"limit": 1, "sort": "-created_at"}))

    assert (first["total"], rest["next"]) == (len(whole["data"]), None)
    assert first["data"] + rest["data"] == whole["data"]
    assert newest["data"] == whole["data"][-1:]


def test_what_staff_let_pass_at_the_start_is_remembered_with_their_reason(
    api: FlaskClient, world: World
) -> None:
    world.add_patient(7, vertraege_unterschrieben=False, geburtsdatum=None)
    with world.database.transaction() as session:
        search_id = create_patient_search(
            session,
            7,
            requested_contacts=5,
            notes=None,
            override_reason="Verträge sind unterwegs",
            actor="anna",
            now=world.now,
        ).id

    (line,) = history(api, search_id, "overridden")

    assert (line["actor"], line["reason"], line["to"]) == (
        "anna",
        "Verträge sind unterwegs",
        "contracts_missing, birth_date_missing",
    )
