"""Copies that are wrong become right again while everybody goes on working."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from matching_service.config import Config
from matching_service.consumers import HANDLERS
from matching_service.use_cases import restore_copies as restoring
from matching_service.use_cases.restore_copies import restore_copies
from shared.config import KAFKA
from shared.events.envelope import Event
from shared.events.kafka_topics import configure_topics
from shared.events.kafka_transport import KafkaTransport
from shared.events.rebuild import RebuildRuns, rebuild
from tests.issuer import Issuer
from tests.matching_service.conftest import NOBODY, environment_of
from tests.matching_service.integration.test_consumers import NOW
from tests.matching_service.neighbours import Neighbours
from tests.served import ROOT

SMALL_PAGE = 7
# What both sides call by the same name, and what they do not.
PATIENTS = "status, plz, geschlecht, diagnose, geburtsdatum, travel_mode, place_status"
THERAPISTS = "status, plz, kassensitz, geschlecht, mailbox_key, place_status"
OF_THE_OWNERS = {
    "patients": f"SELECT id, version, {PATIENTS} FROM patient_service.patients",
    "therapists": f"SELECT id, version, {THERAPISTS} FROM therapist_service.therapists",
}
COPIES = {
    "patients": f"SELECT patient_id, version, {PATIENTS} FROM matching_service.patient_snapshot",
    "therapists": "SELECT therapist_id, version,"
    f" {THERAPISTS} FROM matching_service.therapist_snapshot",
}
WRECKS = """
DELETE FROM patient_snapshot WHERE patient_id % 5 = 1;
UPDATE patient_snapshot SET plz = '00000' WHERE patient_id % 5 = 2;
UPDATE patient_snapshot SET version = version + 7, status = 'in Therapie' WHERE patient_id % 5 = 3;
UPDATE patient_snapshot SET deleted = true WHERE patient_id % 5 = 4;
INSERT INTO patient_snapshot (patient_id, version, changed_xid)
    VALUES (999999, 1, pg_current_xact_id());

DELETE FROM therapist_snapshot WHERE therapist_id % 4 = 1;
UPDATE therapist_snapshot SET kassensitz = true, plz = '00000' WHERE therapist_id % 4 = 2;
UPDATE therapist_snapshot SET deleted = true, version = 99 WHERE therapist_id % 4 = 3;
INSERT INTO therapist_snapshot
    (therapist_id, version, mailbox_id, mailbox_key, status, changed_xid)
    SELECT 999999, 1, mailbox_id, mailbox_key, status, pg_current_xact_id()
    FROM therapist_snapshot LIMIT 1;
"""


@pytest.fixture
def neighbours(database: Any, issuer: Issuer) -> Iterator[Neighbours]:
    with ExitStack() as until_end:
        yield Neighbours(database, issuer, until_end)


@pytest.fixture
def wrecked(neighbours: Neighbours, database: Any, monkeypatch: pytest.MonkeyPatch) -> Neighbours:
    """Twenty of each, copied, and then the copies were spoilt in every way."""
    monkeypatch.setattr(restoring, "PAGE", SMALL_PAGE)
    for people in (neighbours.patients, neighbours.therapists):
        for _ in range(20):
            neighbours.add(people, plz="52062")
    neighbours.let_matching_hear()
    with database.engine(database.owner_url("matching_service")).begin() as owner:
        owner.execute(text(WRECKS))
    return neighbours


def test_copies_are_rebuilt_row_by_row_while_traffic_runs(
    wrecked: Neighbours, database: Any
) -> None:
    assert _copies(database) != _owners(database)

    with wrecked.traffic() as traffic:
        before = traffic.rounds
        _rebuild(wrecked)
        during = traffic.rounds - before

    assert during > 0
    assert _copies(database) == _owners(database)


def test_copies_older_than_the_log_are_restored_from_their_owners(
    wrecked: Neighbours, database: Any
) -> None:
    with database.engine(database.owner_url("events")).begin() as owner:
        owner.execute(text("DELETE FROM log"))

    restore_copies(wrecked.wiring.database, wrecked.wiring.people, NOW, lambda _: None)

    assert _copies(database) == _owners(database)


def test_a_patient_who_is_deleted_while_there_is_no_copy_does_not_come_back(
    wrecked: Neighbours, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = wrecked.wiring.people
    asked = people.patients

    def ask_just_before_the_deletion(ids: Any) -> Any:
        found = asked(ids)
        monkeypatch.setattr(people, "patients", asked)
        wrecked.delete(wrecked.patients, 1)
        wrecked.let_matching_hear()
        return found

    monkeypatch.setattr(people, "patients", ask_just_before_the_deletion)
    restore_copies(wrecked.wiring.database, people, NOW, lambda _: None)

    assert _copies(database) == _owners(database)


def test_what_kafka_keeps_is_replayed_by_a_reader_of_its_own(
    wrecked: Neighbours, database: Any, kafka_servers: str
) -> None:
    configure_topics(kafka_servers)
    with closing(KafkaTransport([kafka_servers], group="tests", member="tests")) as producer:
        producer.append([_created(patient_id) for patient_id in (1, 6)])
    on_kafka = replace(wrecked.config, event_transport=KAFKA, kafka_bootstrap_servers=kafka_servers)

    rebuild(f"test-{uuid4()}", on_kafka, HANDLERS, wrecked.wiring, None, lambda _: None)

    copies, owners = _copies(database)["patients"], _owners(database)["patients"]
    assert {1, 6} <= {row[0] for row in copies if row in owners}


def test_one_rebuild_runs_at_a_time(wrecked: Neighbours) -> None:
    refusals: list[str] = []

    def begin_a_second(_line: str) -> None:
        with pytest.raises(RebuildRuns) as refusal:
            _rebuild(wrecked)
        refusals.append(str(refusal.value))

    rebuild("matching_service", wrecked.config, HANDLERS, wrecked.wiring, None, begin_a_second)

    assert set(refusals) == {"Another rebuild of this service is running."}
    _rebuild(wrecked)


def test_a_rebuild_reacts_to_nothing(wrecked: Neighbours, database: Any) -> None:
    inbox = "SELECT event_id, handled_at FROM matching_service.inbox ORDER BY 1"
    wrecked.delete(wrecked.patients, 1)
    wrecked.let_matching_hear()
    before = _rows(database, inbox)
    assert before != []

    _rebuild(wrecked)

    assert _rows(database, inbox) == before


def test_an_operator_rebuilds_with_one_command(wrecked: Neighbours, database: Any) -> None:
    done = _command(wrecked.config)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Copies are rebuilt.")
    assert _copies(database) == _owners(database)


def test_a_rebuild_that_an_outage_ends_says_so_and_may_be_begun_again(
    wrecked: Neighbours,
) -> None:
    done = _command(replace(wrecked.config, patient_service_url=NOBODY))

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Broken off (ServiceUnavailable).")


def _created(patient_id: int) -> Event:
    data = {"patient_id": patient_id, "version": 1}
    return Event(uuid4(), "patient.created", "patient-events", str(patient_id), "/test", NOW, data)


def _command(config: Config) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "matching_service.worker", "--rebuild"],
        cwd=ROOT,
        env={**os.environ, **environment_of(config), "LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        check=False,
    )


def _rebuild(neighbours: Neighbours) -> None:
    rebuild(
        "matching_service",
        neighbours.config,
        HANDLERS,
        neighbours.wiring,
        lambda own, wiring, tell: restore_copies(own, wiring.people, NOW, tell),
        lambda _: None,
    )


def _owners(database: Any) -> dict[str, list[Any]]:
    return {kind: _rows(database, f"{rows} ORDER BY id") for kind, rows in OF_THE_OWNERS.items()}


def _copies(database: Any) -> dict[str, list[Any]]:
    present = "WHERE NOT deleted ORDER BY 1"
    return {kind: _rows(database, f"{rows} {present}") for kind, rows in COPIES.items()}


def _rows(database: Any, query: str) -> list[Any]:
    with database.engine(database.admin_url).connect() as admin:
        return [tuple(row) for row in admin.execute(text(query))]
