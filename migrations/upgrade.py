"""Moves histories up and down; each move is one transaction, all of it or nothing."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from migrations.admin import admin_transaction
from migrations.histories import HISTORIES, History


def upgrade_all(admin_url: str) -> None:
    for history in HISTORIES:
        upgrade(admin_url, history)


def upgrade(admin_url: str, history: History, revision: str = "head") -> None:
    with admin_transaction(admin_url) as connection:
        command.upgrade(_config(history, connection), revision)


def downgrade(admin_url: str, history: History, revision: str) -> None:
    with admin_transaction(admin_url) as connection:
        command.downgrade(_config(history, connection), revision)


def current(admin_url: str, history: History) -> str | None:
    """The revision the database is at; None before the first one."""
    with admin_transaction(admin_url) as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table_schema": history.schema}
        )
        return context.get_current_revision()


def script_directory(history: History) -> ScriptDirectory:
    """The revisions of a history, as Alembic reads them; needs no database."""
    return ScriptDirectory.from_config(_config(history))


def _config(history: History, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("version_locations", str(history.versions))
    config.set_main_option("path_separator", "newline")
    config.attributes.update(history=history, connection=connection)
    return config
