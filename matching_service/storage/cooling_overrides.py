"""Which coolings of a mailbox hold at this moment, by the law's clock, and what lifts them.

Every query has an alias of its own: one that several threads use for the first time at the same
moment is built by all of them at once, and some then read the wrong table.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from matching_service.storage.tables import CoolingOverride, MailboxBlock


def coolings_in_force(session: Session, mailbox_id: int) -> Sequence[int]:
    """The blocks that nobody has overridden."""
    cooling = aliased(MailboxBlock)
    overridden = select(CoolingOverride.id).where(CoolingOverride.block_id == cooling.id).exists()
    return session.scalars(
        select(cooling.id)
        .where(cooling.mailbox_id == mailbox_id, _holds_now(cooling), ~overridden)
        .order_by(cooling.id)
    ).all()


def override_in_force(session: Session, mailbox_id: int) -> int | None:
    """What a contact has to carry while an overridden cooling would still be running."""
    newest = overrides_in_force(mailbox_id).order_by(CoolingOverride.id.desc()).limit(1)
    found: int | None = session.scalar(newest)
    return found


def overrides_in_force(mailbox_id: Any) -> Any:
    """`mailbox_id`: a value, or the column of a query around this one."""
    cooling = aliased(MailboxBlock)  # beside the blocks of a query around it
    return (
        select(CoolingOverride.id)
        .join(cooling, cooling.id == CoolingOverride.block_id)
        .where(CoolingOverride.mailbox_id == mailbox_id, _holds_now(cooling))
    )


def _holds_now(cooling: Any) -> Any:
    return (cooling.kind == "cooling") & cooling.during.op("@>")(func.law_clock())
