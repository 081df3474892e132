"""What all tables of a database hold, as one value to compare."""

from typing import Any

from sqlalchemy import Engine, text

_TABLES = text(
    "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
)


def table_state(admin: Engine) -> dict[str, tuple[int, Any]]:
    """Table → number of its rows and a sum over their contents."""
    with admin.connect() as connection:
        tables = list(connection.scalars(_TABLES))
        counts = " UNION ALL ".join(_count(table) for table in tables)
        return {name: (rows, content) for name, rows, content in connection.execute(text(counts))}


def _count(table: str) -> str:
    return f"SELECT '{table}', count(*), sum(hashtextextended(t::text, 0)) FROM {table} t"
