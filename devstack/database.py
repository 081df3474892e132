"""The stack's database: the cluster, one database in it, and the migrations' two steps."""

import subprocess
import sys
from contextlib import closing

import psycopg2

from devstack.environment import DATABASE, common_environment, migration_environment
from devstack.postgres import PostgresServer
from devstack.stack import CHECKOUT, Stack


class MigrationFailed(RuntimeError):
    """The message is what the migration printed."""


def postgres_of(stack: Stack, *, durable: bool = True) -> PostgresServer:
    return PostgresServer(stack.folder / "data", stack.ports["postgres"], durable=durable)


def create_database(postgres: PostgresServer) -> None:
    url = postgres.admin_url().replace("+psycopg2", "")
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True  # CREATE DATABASE refuses to run inside a transaction
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {DATABASE}")


def migrate(stack: Stack, postgres: PostgresServer) -> None:
    """Roles, schemas and extensions, then every history to its head. Safe to repeat."""
    environment = common_environment() | migration_environment(stack, postgres.admin_url(DATABASE))
    for step in (["bootstrap"], ["upgrade", "all"]):
        result = subprocess.run(
            [sys.executable, "-m", "migrations", *step],
            cwd=CHECKOUT,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        if result.returncode != 0:
            raise MigrationFailed(f"migrations {' '.join(step)}:\n{result.stderr[-3000:]}")
