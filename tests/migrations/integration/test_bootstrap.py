"""Roles, schemas and privileges can be made again, and by two at once."""

from concurrent.futures import ThreadPoolExecutor

from migrations.bootstrap import EXTENSIONS, bootstrap
from migrations.histories import SERVICES
from tests.conftest import APP_PASSWORD, Database
from tests.migrations.integration.catalogue import catalogue

PASSWORDS = {service.schema: APP_PASSWORD for service in SERVICES}


def test_again_and_twice_at_once_changes_nothing(database: Database) -> None:
    engine = database.engine(database.admin_url)
    before = [catalogue(engine, service.schema) for service in SERVICES]

    with ThreadPoolExecutor(2) as two:
        runs = [two.submit(bootstrap, database.admin_url, PASSWORDS) for _ in range(2)]
        for run in runs:
            run.result()

    assert [catalogue(engine, service.schema) for service in SERVICES] == before


def test_extensions_live_in_a_schema_of_their_own(database: Database) -> None:
    with database.engine(database.admin_url).connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT extname FROM pg_extension"
            " WHERE extnamespace = to_regnamespace('extensions') ORDER BY 1"
        ).scalars()
        assert list(found) == sorted(EXTENSIONS)


def test_owners_cannot_log_in_and_nobody_is_more_than_a_user(database: Database) -> None:
    with database.engine(database.admin_url).connect() as connection:
        roles = connection.exec_driver_sql(
            "SELECT rolname, rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls"
            " FROM pg_roles WHERE rolname ~ '_(owner|app)$'"
        ).all()
    assert {name for name, can_login, _ in roles if can_login} == {s.app for s in SERVICES}
    assert not any(mighty for _, _, mighty in roles)


def test_a_stranger_may_not_even_enter_the_database(database: Database) -> None:
    with database.engine(database.admin_url).connect() as connection:
        open_doors = connection.exec_driver_sql(
            "SELECT privilege_type FROM pg_database, aclexplode(datacl)"
            " WHERE datname = current_database() AND grantee = 0"
        ).all()
    assert open_doors == []
