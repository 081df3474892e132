"""The one connection of the process on which news ring."""

import select

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, connection

_CHANNEL = "matching_service_stream"


class Bell:
    """Ringing only wakes: whoever was woken looks, and looks now and then without it."""

    def __init__(self, url: str) -> None:
        self._dsn = url.replace("postgresql+psycopg2://", "postgresql://", 1)
        self._connection: connection | None = None

    def listen(self) -> None:
        """From before the first look, so that no news falls between look and wait."""
        if self._connection is None or self._connection.closed:
            opened = psycopg2.connect(self._dsn, connect_timeout=5, application_name="stream")
            opened.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            with opened.cursor() as cursor:
                cursor.execute(f'LISTEN "{_CHANNEL}"')
            self._connection = opened

    def wait(self, seconds: float) -> None:
        """Raises psycopg2.OperationalError when the connection is lost."""
        if self._connection is None:
            return
        if select.select([self._connection], [], [], seconds)[0]:
            self._connection.poll()
            self._connection.notifies.clear()

    def close(self) -> None:
        if self._connection is not None and not self._connection.closed:
            self._connection.close()
        self._connection = None
