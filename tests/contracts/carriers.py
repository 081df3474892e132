"""The kinds of server that events can travel by, each as its tests need it."""

from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import text

from shared.events.postgres_transport import PostgresTransport
from shared.events.transport import Transport


class Carrier(Protocol):
    """A running server of one kind, reached over connections that `sever` cuts from its end."""

    def producer(self) -> Transport: ...
    def member(self, *topics: str, group: str = "matching_service") -> Transport: ...
    def sever(self) -> None: ...
    def close(self) -> None: ...


class PostgresCarrier:
    def __init__(self, database: Any) -> None:
        self._database = database
        self._opened: list[Transport] = []

    def producer(self) -> Transport:
        return self._open("patient_service", ())

    def member(self, *topics: str, group: str = "matching_service") -> Transport:
        return self._open(group, topics)

    def sever(self) -> None:
        with self._database.engine(self._database.admin_url).connect() as admin:
            admin.execute(_CUT)

    def close(self) -> None:
        for transport in self._opened:
            transport.close()

    def _open(self, service: str, topics: tuple[str, ...]) -> Transport:
        self._opened.append(PostgresTransport(self._database.url(service), topics))
        return self._opened[-1]


_CUT = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'events'"
)

CARRIERS: dict[str, Callable[[Any], Carrier]] = {"postgres": PostgresCarrier}
