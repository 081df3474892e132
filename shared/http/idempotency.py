"""Idempotency-Key: the same POST twice has one effect.

The row commits with the effect and keeps no body, only a hash of the request and the id of
what it made; a repetition renders that resource again.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from shared.auth import Actor
from shared.db import idempotency_key
from shared.http.problems import Problem, field_error

LONGEST_KEY = 255
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Attempt:
    """One request that carries a key. `route` is the same for all URLs of a resource."""

    actor: str
    route: str
    key: str
    request_hash: str


def attempt(actor: Actor, route: str, key: str, content: Any) -> Attempt:
    """`content` is the path and the parsed body. Refuses keys that are too long or empty."""
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise field_error("Idempotency-Key", "wrong_length", "1 bis 255 druckbare Zeichen.")
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    request_hash = hashlib.sha256(canonical.encode()).hexdigest()
    # A service's users choose their keys without regard to each other.
    return Attempt(json.dumps([actor.subject, actor.acting_for]), route, key, request_hash)


def earlier_resource(session: Session, this: Attempt, now: datetime) -> tuple[int, str] | None:
    """Status and resource id of the finished first request, None when this is the first.

    Holds the key until the transaction ends. Raises Problem when the first one is still running
    or was a different request.
    """
    # A wave works elsewhere for minutes while this transaction holds the key.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '15min'"))
    name = f"{this.actor}|{this.route}|{this.key}"
    if not session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))):
        raise Problem("idempotency-in-progress")
    row = session.execute(
        select(idempotency_key).where(
            idempotency_key.c.actor == this.actor,
            idempotency_key.c.route == this.route,
            idempotency_key.c.key == this.key,
            idempotency_key.c.created_at > now - KEPT_FOR,
        )
    ).one_or_none()
    if row is None:
        return None
    if row.request_hash != this.request_hash:
        raise Problem("idempotency-key-reused")
    return row.status, row.resource_id


def remember(
    session: Session, this: Attempt, status: int, resource_id: object, now: datetime
) -> None:
    session.execute(
        idempotency_key.delete().where(
            idempotency_key.c.actor == this.actor,
            idempotency_key.c.route == this.route,
            idempotency_key.c.key == this.key,
        )
    )
    session.execute(
        insert(idempotency_key).values(
            actor=this.actor,
            route=this.route,
            key=this.key,
            request_hash=this.request_hash,
            status=status,
            resource_id=str(resource_id),
            created_at=now,
        )
    )
