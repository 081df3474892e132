"""One database handle per process and the five plumbing tables that every service schema has."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Engine,
    Identity,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    create_engine,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker


class Contended(Exception):
    """What was looked up before the locks was no longer true under them: the transaction is to be
    undone, and may well succeed at once when it is begun anew."""


_LOST = ("08", "57P")  # connection exceptions, operator intervention
_UNDONE = {"40001", "40P01"}  # serialization failure, deadlock
_CONTENDED = _UNDONE | {"55P03", "57014"}  # lock and statement time-out


class Database:
    """Connections of one process as one role. Nothing is opened before the first use,
    so that a preloaded web process may fork."""

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=3 * pool_size,
            pool_timeout=10,
            pool_pre_ping=True,
            hide_parameters=True,  # an error must not quote what a person typed
            connect_args={"connect_timeout": 5},  # a silent host is an outage, not a wait
        )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    def session(self) -> Session:
        """A session that the caller commits, rolls back and closes."""
        return self._sessions()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: commits at the end, rolls back on any exception."""
        with self._sessions.begin() as session:
            yield session

    def dispose(self) -> None:
        self.engine.dispose()


def constraint_of(error: DBAPIError) -> str | None:
    """The name of the violated constraint, as the server reports it."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)


def sqlstate_of(error: DBAPIError) -> str:
    return getattr(error.orig, "pgcode", None) or ""


def is_outage(error: DBAPIError) -> bool:
    """True when the database was unreachable or busy: the same statement may succeed later."""
    state = sqlstate_of(error)
    if state == "":  # the server was not heard, or was not asked: a value that cannot be sent
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or state.startswith(_LOST) or state in _CONTENDED


def is_contention(error: Exception) -> bool:
    """True when locks or time ran out for this transaction only; the database itself is well."""
    return isinstance(error, DBAPIError) and sqlstate_of(error) in _CONTENDED


def is_undone(error: Exception) -> bool:
    """True when the transaction gave way to another one: begun anew it may succeed at once."""
    if isinstance(error, DBAPIError):
        return sqlstate_of(error) in _UNDONE
    return isinstance(error, Contended)


def schema_revision(session: Session) -> str | None:
    """The migration that the schema of the connected role stands at."""
    found: str | None = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


# The plumbing tables bear no schema: the role's search_path finds those of its own service.
plumbing = MetaData()

outbox = Table(
    "outbox",
    plumbing,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body", JSONB, nullable=False),
)
inbox = Table(
    "inbox",
    plumbing,
    Column("event_id", Uuid, primary_key=True),
    Column("handled_at", DateTime(timezone=True)),
)
parked = Table(
    "parked",
    plumbing,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("error", Text),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("parked_at", DateTime(timezone=True)),
)
discarded = Table(
    "discarded",
    plumbing,
    Column("id", BigInteger, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("error", Text),
    Column("attempts", Integer, nullable=False),
    Column("parked_at", DateTime(timezone=True), nullable=False),
    Column("discarded_at", DateTime(timezone=True)),
    Column("discarded_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
idempotency_key = Table(
    "idempotency_key",
    plumbing,
    Column("actor", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("resource_id", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
