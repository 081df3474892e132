"""A PostgreSQL of one run alone, with the schemas of all services; tests share theirs instead."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from devstack.postgres import PostgresServer
from migrations.bootstrap import bootstrap
from migrations.histories import SERVICES
from migrations.upgrade import upgrade_all
from tests.conftest import APP_PASSWORD, Database
from tests.kafka_broker import reserved_port


@contextmanager
def own_database(folder: Path, *, durable: bool) -> Iterator[Database]:
    """`durable`: every commit waits for the disk, as in production."""
    server = PostgresServer(folder, reserved_port(), durable=durable)
    server.start()
    try:
        admin = server.admin_url()
        bootstrap(admin, {service.schema: APP_PASSWORD for service in SERVICES})
        upgrade_all(admin)
        database = Database(make_url(admin))
        yield database
        database.dispose()
    finally:
        server.discard()
