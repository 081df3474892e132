"""Every revision of every history can be taken back and taken again."""

import pytest
from alembic.script import ScriptDirectory

from migrations.histories import HISTORIES, History
from migrations.upgrade import current, downgrade, script_directory, upgrade
from tests.conftest import Database
from tests.migrations.integration.catalogue import catalogue

ALL = [pytest.param(history, id=history.schema) for history in HISTORIES]
PLANNED_COLUMNS = {
    "platzsuche": "id patient_id status created_at success_date excluded_therapists"
    " total_requested_contacts",
    "platzsuche_contact_request": "id platzsuche_id requested_count requested_date created_by",
    "therapeutenanfrage": "id therapist_id created_date sent_date sent_method response_date"
    " response_type bundle_size accepted_count staff_notes",
    "therapeut_anfrage_patient": "id therapeutenanfrage_id platzsuche_id patient_id"
    " position_in_bundle status outcome_notes",
}
PLANNED_INDEXES = {
    "idx_platzsuche_patient_id": "platzsuche USING btree (patient_id)",
    "idx_platzsuche_status": "platzsuche USING btree (status)",
    "idx_therapeutenanfrage_therapist_id": "therapeutenanfrage USING btree (therapist_id)",
    "idx_therapeut_anfrage_patient_bundle": "therapeut_anfrage_patient USING btree"
    " (therapeutenanfrage_id)",
}


def _steps(scripts: ScriptDirectory) -> list[str]:
    """From the newest revision down to `base`."""
    return [script.down_revision or "base" for script in scripts.walk_revisions()]  # type: ignore[misc]


@pytest.mark.parametrize("history", ALL)
def test_down_and_up_again_leaves_the_same_schema_at_every_step(
    database: Database, history: History
) -> None:
    engine = database.engine(database.admin_url)
    seen: list[tuple[str, list[str]]] = []
    for below in _steps(script_directory(history)):
        at = current(database.admin_url, history)
        assert at is not None
        seen.append((at, catalogue(engine, history.schema)))
        downgrade(database.admin_url, history, below)

    left = [line for line in catalogue(engine, history.schema) if "alembic_version" not in line]
    assert left == []
    for revision, before in reversed(seen):
        upgrade(database.admin_url, history, revision)
        assert catalogue(engine, history.schema) == before


@pytest.mark.parametrize("history", ALL)
def test_everything_in_a_schema_belongs_to_its_owner(database: Database, history: History) -> None:
    with database.engine(database.admin_url).connect() as connection:
        owners = connection.exec_driver_sql(
            "SELECT relowner::regrole::text FROM pg_class"
            " WHERE relnamespace = to_regnamespace(%(schema)s) UNION"
            " SELECT proowner::regrole::text FROM pg_proc"
            " WHERE pronamespace = to_regnamespace(%(schema)s)",
            {"schema": history.schema},
        ).scalars()
        assert set(owners) == {history.owner}


@pytest.mark.parametrize("table", PLANNED_COLUMNS)
def test_the_tables_of_the_migration_plan_bear_its_names(database: Database, table: str) -> None:
    with database.engine(database.owner_url("matching_service")).connect() as connection:
        connection.exec_driver_sql(
            f"SELECT {', '.join(PLANNED_COLUMNS[table].split())} FROM matching_service.{table}"
        )


@pytest.mark.parametrize("index", PLANNED_INDEXES)
def test_the_indexes_of_the_migration_plan_bear_its_names(database: Database, index: str) -> None:
    with database.engine(database.owner_url("matching_service")).connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT indexdef FROM pg_indexes WHERE indexname = %s", (index,)
        ).scalar_one()
    assert found == f"CREATE INDEX {index} ON matching_service.{PLANNED_INDEXES[index]}"


def test_a_failing_revision_leaves_nothing_behind(database: Database) -> None:
    """0001 to 0007 run in one transaction: the table in the way stops the fifth, and all go."""
    history = next(h for h in HISTORIES if h.schema == "matching_service")
    downgrade(database.admin_url, history, "base")
    engine = database.engine(database.owner_url("matching_service"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE therapeutenanfrage (id int)")
    before = catalogue(engine, history.schema)

    with pytest.raises(Exception, match="therapeutenanfrage"):
        upgrade(database.admin_url, history)

    assert catalogue(engine, history.schema) == before
    assert current(database.admin_url, history) is None
