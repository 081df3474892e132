"""A wave commits bundle by bundle: what fails costs its bundle, and what was broken off goes on."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from matching_service.config import Config
from matching_service.storage.planning_turn import planning_turn
from matching_service.use_cases.exclusions import exclude_therapist
from shared.db import Database, is_outage, sqlstate_of
from tests.issuer import Issuer
from tests.matching_service.conftest import environment_of
from tests.matching_service.world import HAMBURG, World
from tests.served import ROOT

BUNDLES = "/api/v2/therapist-bundles"
KEY = {"Idempotency-Key": "wave-1"}
HELD = "pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory'"

# What the killed process does: one request, in the environment of the service.
REQUEST = """
import json, sys
from matching_service.app import create_app
path, body, headers = sys.argv[1:]
create_app().test_client().post(path, json=json.loads(body), headers=json.loads(headers))
"""


@pytest.fixture
def admin(database: Any) -> Engine:
    engine: Engine = database.engine(database.admin_url)
    return engine


@pytest.fixture
def owner(database: Any) -> Engine:
    engine: Engine = database.engine(database.owner_url("matching_service"))
    return engine


@pytest.mark.parametrize("failure", ["lock_not_available", "deadlock_detected"])
def test_a_bundle_that_the_database_is_too_busy_for_costs_that_bundle_and_not_the_wave(
    api: FlaskClient, world: World, owner: Engine, failure: str
) -> None:
    _populate(world, therapists=3)
    _fail(owner, failure, on="INSERT", therapist_id=2)

    created = _create(api, headers=KEY)
    again = _create(api, headers=KEY)

    assert _therapists(created) == [1, 3]
    assert _skipped(created) == {2: "changed_meanwhile"}
    assert again == created


@pytest.mark.parametrize(
    "failure", ["lock_not_available", "deadlock_detected", "check_violation", "admin_shutdown"]
)
def test_a_bundle_that_cannot_be_sent_now_stays_a_draft_in_an_answered_wave(
    api: FlaskClient, world: World, owner: Engine, failure: str
) -> None:
    _populate(world, therapists=3)
    _fail(owner, failure, on="UPDATE", therapist_id=2)

    created = _create(api, send=True, headers=KEY)

    assert [(b["therapist_id"], b["state"]) for b in created["bundles"]] == [
        (1, "sending"),
        (2, "draft"),
        (3, "sending"),
    ]
    assert _create(api, send=True, headers=KEY) == created


def test_a_connection_that_breaks_at_one_bundle_is_no_reason_to_do_without_it(
    api: FlaskClient, world: World, admin: Engine
) -> None:
    mailboxes = _populate(world, therapists=3)

    with (
        _while_waiting_for(admin, mailboxes[2], lambda: _create(api)) as (waiting, created),
        admin.begin() as connection,
    ):
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": waiting})

    assert sorted(_therapists(created[0])) == [1, 2, 3]
    assert created[0]["skipped"] == []


def test_a_wave_whose_process_was_killed_goes_on_where_it_stopped(
    api: FlaskClient, world: World, config: Config, issuer: Issuer, admin: Engine
) -> None:
    mailboxes = _populate(world, therapists=8)
    order = {"max_bundles": 4, "send": True}

    with _locked_mailbox(admin, mailboxes[3]):
        _create_until_killed(config, order, issuer, admin)
    survived = _made(admin)
    repeated = _create(api, **order, headers=KEY)

    assert survived == [(1, "draft"), (2, "draft")]
    assert _therapists(repeated) == [1, 2, 3, 4]
    assert _made(admin) == [(therapist_id, "sending") for therapist_id in (1, 2, 3, 4)]
    assert _skipped(repeated) == dict.fromkeys((5, 6, 7, 8), "max_bundles")
    assert _create(api, **order, headers=KEY) == repeated


def test_a_killed_creation_from_a_preview_makes_the_rest_of_that_preview(
    api: FlaskClient, world: World, config: Config, issuer: Issuer, admin: Engine
) -> None:
    mailboxes = _populate(world, therapists=4)
    preview = _post(api, "preview", {}, 200)
    order = {"plan_id": preview["plan_id"]}

    with _locked_mailbox(admin, mailboxes[3]):
        _create_until_killed(config, order, issuer, admin)
    with admin.begin() as connection:
        later = "UPDATE matching_service.bundle_plan SET created_at = created_at - interval '1 h'"
        connection.execute(text(later))
    repeated = _create(api, **order, headers=KEY)

    assert _therapists(repeated) == [1, 2, 3, 4]
    assert len(_made(admin)) == 4
    assert repeated["skipped"] == []


def test_another_key_is_another_wave(api: FlaskClient, world: World) -> None:
    _populate(world, therapists=4)

    first = _create(api, max_bundles=2, headers=KEY)
    second = _create(api, max_bundles=2, headers={"Idempotency-Key": "wave-2"})

    assert (_therapists(first), _therapists(second)) == ([1, 2], [3, 4])


def test_whoever_the_limit_left_out_comes_in_for_a_bundle_that_did_not_come_about(
    api: FlaskClient, world: World, admin: Engine
) -> None:
    mailboxes = _populate(world, therapists=4)
    world.add_therapist(5, status="gesperrt")

    def wave() -> dict[str, Any]:
        return _create(api, max_bundles=2)

    with _while_waiting_for(admin, mailboxes[1], wave) as (_, created):
        world.add_therapist(1, version=2, status="gesperrt")

    assert sorted(_therapists(created[0])) == [2, 3]
    assert _skipped(created[0]) == {1: "blocked", 4: "max_bundles", 5: "blocked"}
    assert created[0]["skipped"][1]["detail"] == {"max_bundles": 2}


def test_a_search_whose_bundle_did_not_come_about_is_named_as_unplaced(
    api: FlaskClient, world: World, owner: Engine
) -> None:
    _populate(world, therapists=1)
    _fail(owner, "deadlock_detected", on="INSERT", therapist_id=1)

    created = _create(api)

    assert created["bundles"] == []
    assert {one["reason"] for one in created["unplaced"]} == {"changed_meanwhile"}
    assert len(created["unplaced"]) == 4


def test_a_repeated_wave_gets_the_answer_of_the_first_with_all_its_reasons(
    api: FlaskClient, world: World
) -> None:
    _populate(world, therapists=2)
    world.add_therapist(3, status="gesperrt")
    far = world.add_search(9, **HAMBURG)
    order = {"pinned": [{"therapist_id": 1, "search_id": far}]}

    first = _create(api, **order, headers=KEY)
    again = _create(api, **order, headers=KEY)

    assert _skipped(first) == {3: "blocked", 1: "pin_refused"}
    assert first["unplaced"] == [{"search_id": far, "reason": "no_eligible_therapist"}]
    assert again == first


def test_the_reason_of_an_overridden_preview_is_that_of_its_creation(
    api: FlaskClient, world: World, admin: Engine
) -> None:
    world.add_therapist(1)
    world.add_search(1)
    reason = "Die Praxis nimmt auch Einzelne"

    preview = _post(api, "preview", {"override": {"reason": reason}}, 200)
    created = _create(api, plan_id=preview["plan_id"])

    assert created["bundles"][0]["size_exception"] == "override"
    with admin.connect() as connection:
        found = "SELECT override_reason FROM matching_service.therapeutenanfrage"
        assert connection.scalar(text(found)) == reason


def test_an_exclusion_after_the_preview_makes_its_bundle_stale(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3, 4)]
    preview = _post(api, "preview", {}, 200)
    with world.database.transaction() as session:
        exclude_therapist(
            session, searches[0], 1, "privat", source="staff", actor="staff1", now=world.now
        )

    created = _create(api, plan_id=preview["plan_id"])

    assert created["bundles"] == []
    assert _skipped(created) == {1: "changed_meanwhile"}


def test_what_was_previewed_is_created_while_somebody_else_has_the_turn(
    api: FlaskClient, world: World, config: Config
) -> None:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    preview, database = _post(api, "preview", {}, 200), _with_settings(config)
    with planning_turn(database):
        created = _create(api, plan_id=preview["plan_id"])
    database.dispose()

    assert [one["therapist_id"] for one in created["bundles"]] == [1]


def test_waiting_for_the_turn_is_not_cut_off_by_the_statement_time_out(config: Config) -> None:
    database = _with_settings(config, statement_timeout="50ms")
    with (
        planning_turn(database),
        pytest.raises(DBAPIError) as refused,
        planning_turn(database, _MOMENT),
    ):
        pass
    database.dispose()

    assert sqlstate_of(refused.value) == "55P03"
    assert is_outage(refused.value)


def test_no_connection_keeps_the_settings_of_a_turn_whether_it_came_or_not(config: Config) -> None:
    database = _with_settings(config, statement_timeout="5s", lock_timeout="5s")
    with planning_turn(database), pytest.raises(DBAPIError), planning_turn(database, _MOMENT):
        pass
    with database.engine.connect() as one, database.engine.connect() as another:
        kept = {
            connection.scalar(text(f"SHOW {name}_timeout"))
            for connection in (one, another)
            for name in ("statement", "lock")
        }
    database.dispose()

    assert kept == {"5s"}


def test_a_turn_whose_connection_broke_ends_quietly_and_the_next_one_comes(
    config: Config, admin: Engine
) -> None:
    database = _with_settings(config)
    with planning_turn(database):
        _number(admin, "count(pg_terminate_backend(pid))", HELD)
    with planning_turn(database):
        taken = _is_taken(admin)
    database.dispose()

    assert taken


_MOMENT = timedelta(milliseconds=200)


def _populate(world: World, *, therapists: int) -> dict[int, int]:
    """Four searches that fit everybody; returns therapist id → mailbox id."""
    for patient_id in (1, 2, 3, 4):
        world.add_search(patient_id)
    return {one: world.add_therapist(one) for one in range(1, therapists + 1)}


def _post(api: FlaskClient, what: str, order: dict[str, Any], status: int, **more: Any) -> Any:
    answer = api.post(f"{BUNDLES}/{what}", json=order, **more)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def _create(
    api: FlaskClient, headers: dict[str, str] | None = None, **order: Any
) -> dict[str, Any]:
    created: dict[str, Any] = _post(api, "create", order, 201, headers=headers)
    return created


def _therapists(wave: dict[str, Any]) -> list[int]:
    return [bundle["therapist_id"] for bundle in wave["bundles"]]


def _skipped(wave: dict[str, Any]) -> dict[int, str]:
    return {one["therapist_id"]: one["reason"] for one in wave["skipped"]}


def _fail(owner: Engine, failure: str, *, on: str, therapist_id: int) -> None:
    """The database refuses to write (INSERT) or to send (UPDATE) one therapist's inquiry."""
    only_sending = "AND NEW.state = 'sending'" if on == "UPDATE" else ""
    with owner.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE {failure}; END $$;"
            f" CREATE TRIGGER refuse BEFORE {on} ON therapeutenanfrage FOR EACH ROW"
            f" WHEN (NEW.therapist_id = {therapist_id} {only_sending}) EXECUTE FUNCTION refuse()"
        )


@contextmanager
def _locked_mailbox(admin: Engine, mailbox_id: int) -> Iterator[None]:
    with admin.begin() as connection:
        connection.execute(
            text("SELECT FROM matching_service.mailbox WHERE id = :id FOR NO KEY UPDATE"),
            {"id": mailbox_id},
        )
        yield


@contextmanager
def _while_waiting_for(
    admin: Engine, mailbox_id: int, wave: Callable[[], dict[str, Any]]
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Inside the block the wave waits for the mailbox; after it the list holds its answer."""
    answers: list[dict[str, Any]] = []
    with ThreadPoolExecutor(1) as pool:
        with _locked_mailbox(admin, mailbox_id):
            running = pool.submit(wave)
            yield _waiting_backend(admin), answers
        answers.append(running.result(timeout=30))


def _create_until_killed(
    config: Config, order: dict[str, Any], issuer: Issuer, admin: Engine
) -> None:
    """In a process of its own that gets SIGKILL as soon as it waits for a lock."""
    headers = {**issuer.bearer("staff"), **KEY}
    request = [f"{BUNDLES}/create", json.dumps(order), json.dumps(headers)]
    program = [sys.executable, "-c", REQUEST, *request]
    process = subprocess.Popen(program, cwd=ROOT, env=environment_of(config))
    _waiting_backend(admin)
    process.kill()
    process.wait()
    _until(lambda: not _is_taken(admin))


def _waiting_backend(admin: Engine) -> int:
    """The process id of the server's process that waits for a lock, as soon as there is one."""
    waiting = "pg_stat_activity WHERE wait_event_type = 'Lock'"
    return _until(lambda: _number(admin, "max(pid)", waiting))


def _until(found: Callable[[], int]) -> int:
    for _attempt in range(20_000):
        if answer := found():
            return answer
    raise AssertionError("it never happened")


def _is_taken(admin: Engine) -> bool:
    """Whether somebody holds the turn or an Idempotency-Key."""
    return _number(admin, "count(*)", HELD) > 0


def _number(admin: Engine, wanted: str, rows: str) -> int:
    query = f"SELECT {wanted} FROM {rows} AND datname = current_database()"
    with admin.connect() as connection:
        return int(connection.scalar(text(query)) or 0)


def _made(admin: Engine) -> list[tuple[int, str]]:
    query = "SELECT therapist_id, state FROM matching_service.therapeutenanfrage ORDER BY id"
    with admin.connect() as connection:
        return [(row.therapist_id, row.state) for row in connection.execute(text(query))]


def _with_settings(config: Config, **settings: str) -> Database:
    options = "%20".join(f"-c%20{name}%3D{value}" for name, value in settings.items())
    return Database(f"{config.database_url}?options={options}")
