"""The therapist service's history can be walked in both directions without losing v1 columns."""

from typing import Any

from sqlalchemy import text

from migrations.histories import find_history
from migrations.upgrade import downgrade, upgrade

HISTORY = find_history("therapist_service")
PLANNED = {
    "next_contactable_date": "date",
    "last_contact_date": "date",
    "preferred_diagnoses": "jsonb",
    "age_min": "integer",
    "age_max": "integer",
    "gender_preference": "character varying",
    "group_therapy_preference": "boolean",
    "working_hours": "jsonb",
}


def _columns(database: Any) -> dict[str, str]:
    rows = text(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'therapist_service' AND table_name = 'therapists'"
    )
    with database.engine(database.owner_url("therapist_service")).connect() as owner:
        return {row.column_name: row.data_type for row in owner.execute(rows)}


def test_the_plans_columns_come_with_their_migration_and_go_with_it(database: Any) -> None:
    whole = _columns(database)
    downgrade(database.admin_url, HISTORY, "0001_therapists")
    without = _columns(database)
    upgrade(database.admin_url, HISTORY)

    assert {name: whole[name] for name in PLANNED} == PLANNED
    assert not PLANNED.keys() & without.keys()
    assert _columns(database) == whole


def test_the_history_can_be_undone_completely(database: Any) -> None:
    downgrade(database.admin_url, HISTORY, "base")
    assert _columns(database) == {}

    upgrade(database.admin_url, HISTORY)
    assert "mailbox_key" in _columns(database)
