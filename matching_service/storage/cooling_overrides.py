"""Which coolings of a mailbox hold at this moment, by the law's clock, and what lifts them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from matching_service.storage.tables import CoolingOverride, MailboxBlock

_COOLING = aliased(MailboxBlock)  # beside the blocks of a query around it


def coolings_in_force(session: Session, mailbox_id: int) -> Sequence[int]:
    """The blocks that nobody has overridden."""
    overridden = select(CoolingOverride.id).where(CoolingOverride.block_id == _COOLING.id).exists()
    return session.scalars(
        select(_COOLING.id)
        .where(_COOLING.mailbox_id == mailbox_id, _cooling_now(), ~overridden)
        .order_by(_COOLING.id)
    ).all()


def override_in_force(session: Session, mailbox_id: int) -> int | None:
    """What a contact has to carry while an overridden cooling would still be running."""
    newest = overrides_in_force(mailbox_id).order_by(CoolingOverride.id.desc()).limit(1)
    found: int | None = session.scalar(newest)
    return found


def overrides_in_force(mailbox_id: Any) -> Any:
    """`mailbox_id`: a value, or the column of a query around this one."""
    return (
        select(CoolingOverride.id)
        .join(_COOLING, _COOLING.id == CoolingOverride.block_id)
        .where(CoolingOverride.mailbox_id == mailbox_id, _cooling_now())
    )


def _cooling_now() -> Any:
    return (_COOLING.kind == "cooling") & _COOLING.during.op("@>")(func.law_clock())
