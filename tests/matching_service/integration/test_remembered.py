"""People are remembered by the writing that made them: planning always sees what a fresh process
would read, whoever wrote last, committed late, or died half way."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from matching_service.domain.snapshots import Place, SearchSnapshot, TherapistSnapshot
from matching_service.storage import remembered
from matching_service.storage.planning_state import (
    read_patient,
    read_searches,
    read_searches_near,
    read_therapists,
)
from matching_service.storage.snapshot_store import forget_patients, keep_patients
from shared.db import Database
from tests.matching_service.world import AACHEN, HAMBURG, World, patient

IN_AACHEN = Place(AACHEN["latitude"], AACHEN["longitude"], "exact")


@pytest.fixture
def stranger(config: Any) -> Iterator[Database]:
    """Another process: it has read nobody yet."""
    database = Database(config.database_url)
    yield database
    database.dispose()


def _searches(database: Database) -> list[SearchSnapshot]:
    with database.transaction() as session:
        return sorted(read_searches(session), key=lambda one: one.search_id)


def _therapists(database: Database) -> list[TherapistSnapshot]:
    with database.transaction() as session:
        return sorted(read_therapists(session), key=lambda one: one.therapist_id)


def _kept(session: Any, patient_id: int, **changes: Any) -> None:
    keep_patients(session, [patient(patient_id, **changes)])


def test_what_is_remembered_is_what_a_fresh_process_reads(world: World, stranger: Database) -> None:
    world.add_therapist(1)
    world.add_therapist(2, working_hours={"monday": [{"start": "9:00", "end": "8:00"}]})
    for patient_id in range(1, 5):
        world.add_search(patient_id, excluded_therapists=[patient_id])
    before = _searches(world.database), _therapists(world.database)
    world.add_patient(1, version=2, diagnose="F41.0", excluded_therapists=[])
    world.add_patient(2, version=2, **HAMBURG)
    world.add_therapist(1, version=2, status="gesperrt")

    now = _searches(world.database), _therapists(world.database)

    assert now != before
    assert now == (_searches(stranger), _therapists(stranger))


def test_nobody_is_read_twice_who_was_not_written_meanwhile(world: World) -> None:
    for patient_id in range(1, 5):
        world.add_search(patient_id)
    _searches(world.database)
    world.add_patient(3, version=2, diagnose="F41.0")

    with _rows_read(world.database) as read:
        _searches(world.database)

    assert read == [[3]]


def test_a_writing_that_commits_late_is_not_missed(world: World, stranger: Database) -> None:
    """Its number is older than that of writings which were seen before it."""
    for patient_id in (1, 2):
        world.add_search(patient_id)
    with stranger.transaction() as late:
        _kept(late, 1, version=2, diagnose="F40.1")
        world.add_patient(2, version=2, diagnose="F42.0")
        meanwhile = [one.patient.diagnose for one in _searches(world.database)]
    afterwards = [one.patient.diagnose for one in _searches(world.database)]

    assert meanwhile == ["F32.1", "F42.0"]
    assert afterwards == ["F40.1", "F42.0"]


def test_what_was_rolled_back_is_never_remembered(world: World) -> None:
    search_id = world.add_search(1)
    with world.database.session() as session:
        _kept(session, 1, version=2, diagnose="F40.1")
        [own] = read_searches(session, [search_id])
        session.rollback()

    assert own.patient.diagnose == "F40.1"
    assert [one.patient.diagnose for one in _searches(world.database)] == ["F32.1"]


def test_a_transaction_that_writes_twice_sees_its_last_word_and_so_does_everybody_after_it(
    world: World,
) -> None:
    search_id = world.add_search(1)
    seen = []
    with world.database.transaction() as session:
        for version, diagnose in ((2, "F40.1"), (3, "F41.0")):
            _kept(session, 1, version=version, diagnose=diagnose)
            [own] = read_searches(session, [search_id])
            seen.append(own.patient.diagnose)
        found = read_patient(session, 1)

    assert seen == ["F40.1", "F41.0"]
    assert found is not None
    assert found.diagnose == "F41.0"
    assert [one.patient.diagnose for one in _searches(world.database)] == ["F41.0"]


def test_a_copy_that_is_repaired_under_the_same_version_is_read_anew(world: World) -> None:
    world.add_search(1)
    _searches(world.database)
    with world.database.transaction() as session:
        keep_patients(session, [patient(1, geburtsdatum=date(1990, 1, 1))], anew=True)

    assert [s.patient.geburtsdatum for s in _searches(world.database)] == [date(1990, 1, 1)]


def test_a_writer_that_is_killed_leaves_everything_as_it_was(world: World, config: Any) -> None:
    world.add_search(1)
    before = _searches(world.database)
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITES_AND_WAITS, config.database_url], stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"written\n"
    meanwhile = _searches(world.database)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()

    assert meanwhile == before == _searches(world.database)


_WRITES_AND_WAITS = """
import sys, time
from shared.db import Database
from matching_service.storage.snapshot_store import keep_patients
from tests.matching_service.world import patient

with Database(sys.argv[1]).transaction() as session:
    keep_patients(session, [patient(1, version=2, diagnose="F40.1")])
    print("written", flush=True)
    time.sleep(600)
"""


def test_the_deleted_are_not_read_and_leave_memory_in_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = world.add_search(1), world.add_search(2)
    _searches(world.database)
    with world.database.transaction() as session:
        forget_patients(session, [1])
    still = [one.search_id for one in _searches(world.database)]
    monkeypatch.setattr(remembered, "KEPT_SECONDS", -1.0)

    with _rows_read(world.database) as read:
        _searches(world.database)

    assert first != second
    assert still == [second]
    assert read == [[2]]


def test_near_and_by_id_nobody_comes_twice(world: World) -> None:
    near, far = world.add_search(1), world.add_search(2, **HAMBURG)

    with world.database.transaction() as session:
        found = read_searches_near(session, [IN_AACHEN, IN_AACHEN], [near, far])

    assert sorted(one.search_id for one in found) == sorted([near, far])


class _rows_read:  # noqa: N801 - a context in lower case, like contextlib's
    """The ids of patients whose rows were read meanwhile, statement by statement."""

    def __init__(self, database: Database) -> None:
        self._engine, self._read = database.engine, list[list[int]]()

    def __enter__(self) -> list[list[int]]:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self._read

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "AS row_id" in statement and "patient_snapshot" in statement:
            self._read.append(list(values["ids"]))
