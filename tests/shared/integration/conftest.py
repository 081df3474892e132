"""Both ends of the event plumbing: the patient service tells, the matching service listens."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from shared import observability
from shared.db import Database
from tests.contracts.carriers import KafkaCarrier
from tests.shared.integration.inboxes import ALONE, EFFECT, PROJECTING, REACTING, Inbox

_CUT = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = :name"
)


class Ends:
    def __init__(self, database: Any) -> None:
        self._database = database
        self.teller_url: str = database.url("patient_service")
        self.listener_url: str = database.url("matching_service")
        self.teller = Database(self.teller_url)
        self.listener = Database(self.listener_url)

    def told(self) -> list[dict[str, Any]]:
        """The bodies in the log, in their order."""
        return self._as_admin("SELECT body FROM events.log ORDER BY topic, position")

    def waiting(self) -> list[dict[str, Any]]:
        """The bodies in the teller's outbox, in their order."""
        return self._as_admin("SELECT body FROM patient_service.outbox ORDER BY id")

    def as_owner(self, schema: str, statement: str) -> None:
        with self._database.engine(self._database.owner_url(schema)).begin() as owner:
            owner.execute(text(statement))

    def as_admin(self, statement: str) -> None:
        with self._database.engine(self._database.admin_url).begin() as admin:
            admin.execute(text(statement))

    def sever(self, name: str) -> None:
        """Cuts, from the server's end, the connections that bear this name."""
        with self._database.engine(self._database.admin_url).connect() as admin:
            admin.execute(_CUT, {"name": name})

    def _as_admin(self, query: str) -> list[Any]:
        with self._database.engine(self._database.admin_url).connect() as admin:
            return list(admin.execute(text(query)).scalars())


@pytest.fixture(autouse=True)
def log_of_production() -> Iterator[None]:
    """The one that tests have by default takes half a second to draw a failure in colours."""
    observability.configure_logging("tests", "ERROR")
    yield
    structlog.reset_defaults()


@pytest.fixture
def ends(database: Any) -> Iterator[Ends]:
    both = Ends(database)
    yield both
    both.teller.dispose()
    both.listener.dispose()


@pytest.fixture
def inbox(ends: Any) -> Iterator[Inbox]:
    ends.as_owner("matching_service", EFFECT)
    opened = Inbox(ends, REACTING)
    yield opened
    opened.close()


@pytest.fixture
def alone(ends: Any) -> Iterator[Inbox]:
    ends.as_owner("matching_service", EFFECT)
    opened = Inbox(ends, ALONE)
    yield opened
    opened.close()


@pytest.fixture
def projection(ends: Any) -> Iterator[Inbox]:
    opened = Inbox(ends, PROJECTING)
    yield opened
    opened.close()


@pytest.fixture
def kafka(kafka_servers: str) -> Iterator[KafkaCarrier]:
    opened = KafkaCarrier(kafka_servers)
    yield opened
    opened.close()
