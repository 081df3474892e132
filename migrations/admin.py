"""The superuser's connection: bootstrap and migrations use no other."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool


@contextmanager
def admin_transaction(admin_url: str) -> Iterator[Connection]:
    """One transaction; whoever bootstraps or migrates this database meanwhile waits for it."""
    url = make_url(admin_url).set(drivername="postgresql+psycopg2")
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('migrations'))"))
        yield connection
