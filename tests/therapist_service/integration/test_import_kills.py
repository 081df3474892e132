"""An importer is killed somewhere in a file; the next one finishes it as if nothing had been."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from shared.db import Database
from tests.failpoints.harness import Failpoints, run_in_child
from tests.failpoints.watches import watch_engines
from tests.therapist_service.records import added, deleted, modified, record
from therapist_service.config import Config
from therapist_service.jobs.import_scrapes import import_all
from therapist_service.use_cases import scraper_imports
from therapist_service.wiring import wire

KILLS = 24
# What two runs must have in common: everything but ids, times and what is made of them.
FOUND = text("""
    SELECT 'therapist', to_jsonb(t) - '{id,mailbox_key,created_at,updated_at}'::text[]
    FROM therapists t
    UNION ALL
    SELECT 'import', to_jsonb(i) - '{id,modified_ns,started_at,finished_at}'::text[]
    FROM scraper_imports i
    UNION ALL
    SELECT 'event', body #- '{id}' #- '{time}' #- '{subject}' #- '{data,therapist_id}'
                         #- '{data,mailbox_key}' FROM outbox
    ORDER BY 1, 2
""")
ALIVE = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = 'therapist_service_app'"
)
FORGET = text("TRUNCATE therapists, scraper_imports, outbox CASCADE")


@pytest.fixture
def two_files(scraper: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five batches, one of which the database refuses to write as a whole."""
    monkeypatch.setattr(scraper_imports, "TOGETHER", 4)
    people = [record(first_name=f"Kim {number}") for number in range(11)]
    people[6] = record(first_name="Cy", last_name="Weber")
    scraper.lay(added(*people, None))
    scraper.lay({**modified(record(first_name="Kim 1", street="Ring")), **deleted(people[2])})


@pytest.mark.usefixtures("two_files")
def test_a_kill_anywhere_in_a_file_leaves_it_to_be_finished_and_nothing_doubled(
    config: Config, database: Any, record_property: Callable[[str, object], None]
) -> None:
    owner = database.engine(database.owner_url("therapist_service"))
    with owner.begin() as connection:
        law = "ALTER TABLE therapists ADD CONSTRAINT ck_no_weber CHECK (nachname <> 'Weber')"
        connection.execute(text(law))

    def work() -> None:
        own = Database(config.database_url)
        import_all(own, wire(config), datetime.now(UTC))
        own.dispose()

    def found() -> list[Any]:
        with owner.begin() as connection:
            rows = [tuple(row) for row in connection.execute(FOUND)]
            connection.execute(FORGET)
        return rows

    failpoints = Failpoints(work, [watch_engines])
    points = failpoints.record()
    undisturbed = found()
    different = []
    sample = range(0, len(points), max(1, len(points) // KILLS))
    for number in sample:
        path = failpoints.kill_at(number)
        _wait_for_the_dead(owner)
        run_in_child(work)
        if found() != undisturbed:
            different.append(path[-1])
    record_property("import_kills", {"points": len(points), "killed": len(sample)})
    assert len(sample) >= KILLS
    assert different == []
    assert len([kind for kind, _ in undisturbed if kind == "therapist"]) == 10


def _wait_for_the_dead(owner: Engine) -> None:
    """Until the server has noticed, the dead importer's turn is not over."""
    deadline = time.monotonic() + 10
    with owner.connect() as connection:
        while connection.scalar(ALIVE):
            assert time.monotonic() < deadline
            connection.rollback()
