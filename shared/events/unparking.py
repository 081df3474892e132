"""What an admin sees of parked events, and the two ways on: try again now, or give one up."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping, func, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from shared.db import discarded, inbox, parked
from shared.events.parked import is_head

_KEPT = ("id", "topic", "key", "event_id", "body", "error", "attempts", "parked_at")


class NotParked(Exception):
    """No such event is parked any more."""


class NotTheHead(Exception):
    """It only waits behind the one that failed."""


def parked_heads(session: Session, *, after_id: int, limit: int) -> list[RowMapping]:
    """The failed event of every parked key, and how many wait behind it; by id."""
    later = parked.alias()
    behind = select(func.count()).where(
        later.c.topic == parked.c.topic, later.c.key == parked.c.key, later.c.id > parked.c.id
    )
    rows = session.execute(
        select(parked, _type_of(parked), behind.scalar_subquery().label("waiting_behind"))
        .where(is_head(), parked.c.id > after_id)
        .order_by(parked.c.id)
        .limit(limit)
    )
    return list(rows.mappings().all())


def count_parked_keys(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(parked).where(is_head())) or 0


def make_due(session: Session, place: Mapping[str, str]) -> int:
    """Lets parked events be tried at once: all, or those of a topic and key. Returns how many."""
    due = (
        parked.update()
        .where(*(parked.c[name] == value for name, value in place.items()))
        .values(next_attempt_at=func.clock_timestamp())
        .returning(parked.c.id)
    )
    return len(session.execute(due).all())


def discard(session: Session, parked_id: int, *, actor: str, reason: str) -> RowMapping:
    """Gives up on a failed event, so that its key goes on; a repetition changes nothing.

    The inbox takes it for handled: no replay reacts to it again. Raises NotParked, NotTheHead.
    """
    row = session.execute(select(parked).where(parked.c.id == parked_id).with_for_update())
    failed = row.mappings().one_or_none()
    if failed is not None:
        _give_up(session, failed, actor, reason)
    found = session.execute(
        select(discarded, _type_of(discarded)).where(discarded.c.id == parked_id)
    )
    trace = found.mappings().one_or_none()
    if trace is None:
        raise NotParked
    return trace


def _give_up(session: Session, failed: Mapping[Any, Any], actor: str, reason: str) -> None:
    mine = parked.c.id == failed["id"]
    if session.scalar(select(parked.c.id).where(mine, is_head())) is None:
        raise NotTheHead
    kept = {name: failed[name] for name in _KEPT}
    session.execute(insert(discarded).values(**kept, discarded_by=actor, reason=reason))
    session.execute(
        postgresql.insert(inbox)
        .values(event_id=failed["event_id"], handled_at=func.clock_timestamp())
        .on_conflict_do_nothing()
    )
    session.execute(parked.delete().where(mine))


def _type_of(table: Any) -> Any:
    return table.c.body["type"].astext.label("type")
