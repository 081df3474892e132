"""What must exist before the first revision: roles, schemas, extensions, privileges.

Programs log in as `<service>_app` and may read and write rows; tables, triggers and constraints
belong to `<service>_owner`, as which nobody can log in. So no program can break its own law.
"""

from collections.abc import Mapping

from psycopg2.extensions import encrypt_password
from sqlalchemy import Connection

from migrations.admin import admin_transaction
from migrations.histories import HISTORIES, SERVICES, History

EXTENSIONS = ("btree_gist", "pg_trgm", "pgcrypto")


def bootstrap(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Safe to run again, and by two at once. `passwords`: schema of a service → app password."""
    with admin_transaction(admin_url) as connection:
        for history in HISTORIES:
            _make_roles(connection, history)
        close_to_strangers(connection)
        _make_extensions(connection)
        for history in HISTORIES:
            _make_schema(connection, history)
        for service in SERVICES:
            _open_to_its_app(connection, service)
            _set_password(connection, service, passwords[service.schema])


def close_to_strangers(connection: Connection) -> None:
    """Only app roles enter this database. A copy of it needs this again: copies forget it."""
    database = _quoted(connection, connection.exec_driver_sql("SELECT current_database()").scalar())
    apps = ", ".join(service.app for service in SERVICES)
    _run(
        connection,
        f"""
        REVOKE ALL ON DATABASE {database} FROM PUBLIC;
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        GRANT CONNECT ON DATABASE {database} TO {apps};
        """,
    )


def _make_roles(connection: Connection, history: History) -> None:
    _make_role(connection, history.owner, "NOLOGIN")
    if history.has_app:
        _make_role(connection, history.app, "LOGIN")


def _make_role(connection: Connection, role: str, login: str) -> None:
    known = connection.exec_driver_sql(
        "SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)
    ).scalar()
    verb = "ALTER" if known else "CREATE"
    limits = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    _run(connection, f"{verb} ROLE {role} {login} {limits}")


def _make_extensions(connection: Connection) -> None:
    roles = ", ".join([h.owner for h in HISTORIES] + [s.app for s in SERVICES])
    _run(
        connection,
        f"""
        CREATE SCHEMA IF NOT EXISTS extensions;
        GRANT USAGE ON SCHEMA extensions TO {roles};
        """,
    )
    for extension in EXTENSIONS:
        _run(connection, f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA extensions")


def _make_schema(connection: Connection, history: History) -> None:
    _run(
        connection,
        f"CREATE SCHEMA IF NOT EXISTS {history.schema} AUTHORIZATION {history.owner}",
    )


def _open_to_its_app(connection: Connection, service: History) -> None:
    schema, owner, app = service.schema, service.owner, service.app
    _run(
        connection,
        f"""
        GRANT USAGE ON SCHEMA {schema}, events TO {app};
        ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema}
            GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
        ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema}
            GRANT USAGE ON SEQUENCES TO {app};
        ALTER ROLE {app} SET search_path = {schema}, extensions;
        ALTER ROLE {app} SET timezone = 'UTC';
        ALTER ROLE {app} SET statement_timeout = '30s';
        ALTER ROLE {app} SET idle_in_transaction_session_timeout = '60s';
        ALTER ROLE {app} SET lock_timeout = '10s';
        ALTER ROLE {app} SET random_page_cost = 1.1; -- disks have no arm any more
        """,
    )


def _set_password(connection: Connection, service: History, password: str) -> None:
    """Only the SCRAM verifier travels, so that no server log can hold the password."""
    driver = connection.connection.driver_connection
    verifier = encrypt_password(password, service.app, driver, "scram-sha-256")
    connection.exec_driver_sql(f"ALTER ROLE {service.app} PASSWORD %s", (verifier,))


def _quoted(connection: Connection, name: str | None) -> str:
    assert name is not None
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _run(connection: Connection, statements: str) -> None:
    connection.exec_driver_sql(statements.replace("%", "%%"))
