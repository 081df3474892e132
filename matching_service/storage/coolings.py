"""How coolings and their overrides are read for people."""

from collections.abc import Set
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, any_, func, literal, select
from sqlalchemy.orm import Session

from matching_service.storage.tables import (
    CoolingOverride,
    Mailbox,
    MailboxBlock,
    TherapistRow,
)

_COOLING = MailboxBlock.kind == "cooling"


def read_coolings(
    session: Session, *, active: bool | None, today: date, after_id: int | None, limit: int
) -> dict[str, Any]:
    """A page, newest first. Active: not overridden and the mailbox is still to be left in peace."""
    rows, is_active = _coolings(), _is_active(today)
    if active is not None:
        rows = rows.where(is_active if active else ~is_active)
    if after_id is not None:
        rows = rows.where(MailboxBlock.id < after_id)
    found = _views(session, rows.order_by(MailboxBlock.id.desc()).limit(limit + 1))
    data = found[:limit]
    more, total = len(found) > limit, _total(session, active, today)
    return {"data": data, "total": total, "next": str(data[-1]["id"]) if more else None}


def read_cooling(session: Session, block_id: int) -> dict[str, Any]:
    [view] = _views(session, _coolings().where(MailboxBlock.id == block_id))
    return view


def _total(session: Session, active: bool | None, today: date) -> int:
    """Few are active: the others are all without them, and all are counted by their index."""
    lasting = _how_many(_coolings().where(_is_active(today)))
    if active:
        return session.scalar(lasting) or 0
    all_of_them = session.scalar(_how_many(select(MailboxBlock).where(_COOLING))) or 0
    return all_of_them if active is None else all_of_them - (session.scalar(lasting) or 0)


def _how_many(rows: Any) -> Any:
    return select(func.count()).select_from(rows.subquery())


def _is_active(today: date) -> Any:
    return (MailboxBlock.next_contactable_date > today) & CoolingOverride.id.is_(None)


def _coolings() -> Any:
    return (
        select(MailboxBlock, CoolingOverride)
        .outerjoin(CoolingOverride, CoolingOverride.block_id == MailboxBlock.id)
        .where(_COOLING)
    )


class _Practice(NamedTuple):
    mailbox_key: str
    therapist_ids: list[int]


def _views(session: Session, rows: Any) -> list[dict[str, Any]]:
    found = session.execute(rows).all()
    practices = _practices(session, {block.mailbox_id for block, _ in found})
    return [_cooling(block, override, practices[block.mailbox_id]) for block, override in found]


def _practices(session: Session, mailbox_ids: Set[int]) -> dict[int, _Practice]:
    """By the mailbox's id."""
    grouped: dict[int, _Practice] = {}
    rows = (
        select(Mailbox.id, Mailbox.mailbox_key, TherapistRow.therapist_id)
        .outerjoin(TherapistRow, TherapistRow.mailbox_id == Mailbox.id)
        .where(Mailbox.id == any_(literal(sorted(mailbox_ids), ARRAY(BigInteger))))
        .order_by(TherapistRow.therapist_id)
    )
    for mailbox_id, mailbox_key, therapist_id in session.execute(rows):
        practice = grouped.setdefault(mailbox_id, _Practice(mailbox_key, []))
        if therapist_id is not None:
            practice.therapist_ids.append(therapist_id)
    return grouped


def _cooling(
    block: MailboxBlock, override: CoolingOverride | None, practice: _Practice
) -> dict[str, Any]:
    return {
        "id": block.id,
        "mailbox_key": practice.mailbox_key,
        "therapist_ids": practice.therapist_ids,
        "from": block.recorded_at,
        "next_contactable_date": block.next_contactable_date,
        "cause": block.purpose,
        "bundle_id": block.inquiry_id,
        "override": None
        if override is None
        else {"actor": override.actor, "reason": override.reason, "at": override.created_at},
    }
