"""A program that wanted to break the law would find every door closed."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from migrations.histories import HISTORIES, SERVICES
from tests.conftest import Database, cloned
from tests.matching_service.integration.law.law_in_sql import Law, refused

INSUFFICIENT_PRIVILEGE = "42501"
APPS = [service.schema for service in SERVICES]
OTHERS = [
    (service, history.schema)
    for service in APPS
    for history in HISTORIES
    if history.schema not in (service, "events")
]


@pytest.fixture(scope="module")
def database(database_template: URL) -> Iterator[Database]:
    """One for all: what is refused changes nothing."""
    with cloned(database_template) as own:
        yield own


@pytest.mark.parametrize(("service", "schema"), OTHERS)
def test_no_service_reads_the_schema_of_another(
    database: Database, service: str, schema: str
) -> None:
    engine = database.engine(database.url(service))
    with refused(INSUFFICIENT_PRIVILEGE), engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT * FROM {schema}.alembic_version")


@pytest.mark.parametrize("service", APPS)
def test_no_service_touches_a_table_of_the_event_log(database: Database, service: str) -> None:
    with database.engine(database.url(service)).connect() as connection:
        readable = connection.exec_driver_sql(
            "SELECT relname FROM pg_class"
            " WHERE relnamespace = to_regnamespace('events') AND relkind IN ('r', 'p')"
            " AND has_any_column_privilege(oid, 'SELECT, INSERT, UPDATE, REFERENCES')"
        ).scalars()
        assert list(readable) == []


@pytest.mark.parametrize("service", APPS)
def test_no_service_becomes_an_owner_or_another_service(database: Database, service: str) -> None:
    engine = database.engine(database.url(service))
    roles = ["postgres", *(h.owner for h in HISTORIES), *(s.app for s in SERVICES)]
    for role in (role for role in roles if role != f"{service}_app"):
        with refused(INSUFFICIENT_PRIVILEGE), engine.connect() as connection:
            connection.exec_driver_sql(f"SET ROLE {role}")


@pytest.mark.parametrize("service", APPS)
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (id int)",
        "CREATE TABLE extensions.mine (id int)",
        "CREATE TABLE events.mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE EXTENSION dblink",
        "UPDATE alembic_version SET version_num = 'mine'",
        "SELECT rolpassword FROM pg_authid",
        "SET session_replication_role = replica",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
def test_no_service_builds_anything_or_reaches_the_server(
    database: Database, service: str, statement: str
) -> None:
    engine = database.engine(database.url(service))
    with refused(INSUFFICIENT_PRIVILEGE), engine.begin() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize("service", APPS)
def test_no_service_creates_a_table_in_its_own_schema(database: Database, service: str) -> None:
    engine = database.engine(database.url(service))
    with refused(INSUFFICIENT_PRIVILEGE), engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {service}.mine (id int)")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE mailbox_block DROP CONSTRAINT no_contact_while_cooling",
        "ALTER TABLE mailbox_block DROP CONSTRAINT quiet_between_unsolicited_mails",
        "ALTER TABLE mailbox_block DISABLE TRIGGER mailbox_block_stamp",
        "ALTER TABLE contact_permit DISABLE TRIGGER ALL",
        "DROP TRIGGER bundle_size_3_to_6 ON therapeutenanfrage",
        "DROP INDEX uq_one_acceptance",
        "DROP INDEX uq_therapeutenanfrage_open",
        "DROP TABLE mailbox_block CASCADE",
        "TRUNCATE mailbox_block CASCADE",
        "CREATE OR REPLACE FUNCTION law_clock() RETURNS timestamptz RETURN now()",
        "ALTER FUNCTION law_clock() RENAME TO clock",
        "UPDATE mailbox_block SET override_id = NULL",
        "DELETE FROM mailbox_block",
        "UPDATE cooling_override SET reason = 'other'",
        "DELETE FROM cooling_override",
        "UPDATE mailbox SET next_contactable_date = NULL",
        "UPDATE mailbox SET last_recorded_at = '2999-01-01'",
        "UPDATE mailbox SET mailbox_key = 'other'",
        "INSERT INTO mailbox (mailbox_key, last_recorded_at) VALUES ('x', '2999-01-01')",
        "DELETE FROM mailbox",
        "DELETE FROM contact_permit",
        "UPDATE contact_permit SET valid_until = '2999-01-01'",
        "UPDATE contact_permit SET purpose = 'staff_mail'",
    ],
)
def test_the_matching_service_cannot_break_its_own_law(law: Law, statement: str) -> None:
    with refused(INSUFFICIENT_PRIVILEGE):
        law.run(statement)


def test_the_matching_service_may_lock_a_mailbox(law: Law) -> None:
    mailbox = law.mailbox()
    law.one("SELECT * FROM mailbox WHERE id = :id FOR UPDATE", id=mailbox)


def test_a_mailbox_keeps_its_id(law: Law) -> None:
    mailbox = law.mailbox("another")
    with refused("428C9"):
        law.run("UPDATE mailbox SET id = 4711 WHERE id = :id", id=mailbox)


@pytest.mark.parametrize("service", APPS)
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("TimeZone", "UTC"),
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("lock_timeout", "10s"),
    ],
)
def test_every_service_speaks_utc_and_waits_only_so_long(
    database: Database, service: str, setting: str, value: str
) -> None:
    with database.engine(database.url(service)).connect() as connection:
        assert connection.exec_driver_sql(f"SHOW {setting}").scalar() == value


@pytest.mark.parametrize("service", APPS)
def test_every_service_finds_its_own_schema_first(database: Database, service: str) -> None:
    with database.engine(database.url(service)).connect() as connection:
        assert connection.exec_driver_sql("SHOW search_path").scalar() == f"{service}, extensions"
