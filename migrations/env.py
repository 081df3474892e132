"""Alembic runs this file for every history; who is asked for says `migrations.upgrade`."""

from alembic import context
from sqlalchemy import Connection

from migrations.histories import History


def _migrate(history: History, connection: Connection) -> None:
    connection.exec_driver_sql(f"SET LOCAL ROLE {history.owner}")
    connection.exec_driver_sql(f"SET LOCAL search_path = {history.schema}, extensions")
    context.configure(
        connection=connection,
        version_table="alembic_version",
        version_table_schema=history.schema,
    )
    with context.begin_transaction():
        context.run_migrations()
    if history.has_app:
        connection.exec_driver_sql(
            f"REVOKE INSERT, UPDATE, DELETE ON {history.schema}.alembic_version FROM {history.app}"
        )


_migrate(context.config.attributes["history"], context.config.attributes["connection"])
