"""What a process must find before it can work, looked up whenever somebody asks."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from shared.config import KAFKA, ServiceConfig
from shared.db import Database, schema_revision

Check = Mapping[str, Any]

OK = "ok"
# An empty batch locks and tells nothing, but the log has let us in and has answered.
_APPEND_NOTHING = text("SELECT events.append('[]'::jsonb)")
_OLDEST = text(
    "SELECT round(extract(epoch FROM clock_timestamp() - created_at), 1)"
    " FROM outbox ORDER BY id LIMIT 1"
)


def readiness(checks: Mapping[str, Check]) -> tuple[dict[str, Any], int]:
    """Document and status code of `/readyz`: ready is who passes every check."""
    ready = all(check["status"] == OK for check in checks.values())
    return {"status": OK if ready else "unavailable", "checks": checks}, 200 if ready else 503


def web_checks(database: Database, config: ServiceConfig) -> dict[str, Check]:
    """No broker is asked: a web process serves without it, and its worker speaks to it."""
    checks = database_checks(database, config)
    if checks["database"]["status"] == OK:
        checks["transport"] = _looked(database, lambda s: _transport(s, config.event_transport))
    return checks


def database_checks(database: Database, config: ServiceConfig) -> dict[str, Check]:
    checks = {"database": _looked(database, _greet)}
    if checks["database"]["status"] == OK:
        checks["schema"] = _looked(database, lambda s: _schema(s, config.needs_schema))
    return checks


def _looked(database: Database, look: Callable[[Session], Check]) -> Check:
    try:
        with database.transaction() as session:
            return look(session)
    except (DBAPIError, PoolTimeout) as error:
        kind = type(getattr(error, "orig", None) or error)
        return {"status": "unavailable", "error": kind.__name__}


def _greet(session: Session) -> Check:
    session.execute(text("SELECT 1"))
    return {"status": OK}


def _schema(session: Session, needed: str) -> Check:
    found = schema_revision(session)
    enough = found is not None and _number(found) >= _number(needed)
    return {"status": OK if enough else "behind", "found": found, "needed": needed}


def _number(revision: str) -> int:
    """Histories are straight lines of numbered revisions: 0007_read_models."""
    return int(revision.partition("_")[0])


def _transport(session: Session, carrier: str) -> Check:
    if carrier != KAFKA:
        session.execute(_APPEND_NOTHING)
    oldest = float(session.scalar(_OLDEST) or 0)
    return {"status": OK, "carrier": carrier, "oldest_waiting_event_seconds": oldest}
