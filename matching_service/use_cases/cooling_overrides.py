"""A practice calls with an opening: the only way in which a cooling gets shorter."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.errors import IllegalTransition, NotFound
from matching_service.storage.locks import lock_mailboxes
from matching_service.storage.tables import CoolingOverride, Mailbox, MailboxBlock
from matching_service.use_cases.announcements import tell_cooling_overridden
from matching_service.use_cases.contact_law import therapists_at
from shared.contracts.berlin import berlin_day

_OVERRIDDEN = "overridden"


def override_cooling(
    session: Session, block_id: int, reason: str, *, actor: str, now: datetime
) -> None:
    """Ends one cooling; another of the same mailbox goes on. The same again changes nothing.

    Raises NotFound, IllegalTransition (it was overridden by somebody else, or is over).
    """
    block = session.get(MailboxBlock, block_id)
    if block is None or block.next_contactable_date is None:
        raise NotFound("cooling", block_id)
    mailbox = lock_mailboxes(session, [block.mailbox_id])[block.mailbox_id]
    earlier = session.scalar(select(CoolingOverride).where(CoolingOverride.block_id == block_id))
    if earlier is not None:
        if (earlier.actor, earlier.reason) != (actor, reason):
            raise IllegalTransition(_OVERRIDDEN, _OVERRIDDEN, ())
        return
    if block.next_contactable_date <= berlin_day(now):
        raise IllegalTransition("over", _OVERRIDDEN, ())
    _override(session, block, reason, actor)
    _tell(session, block, mailbox, now)


def _override(session: Session, block: MailboxBlock, reason: str, actor: str) -> None:
    override = CoolingOverride(
        mailbox_id=block.mailbox_id, block_id=block.id, reason=reason, actor=actor
    )
    session.add(override)
    session.flush()


def _tell(session: Session, block: MailboxBlock, mailbox: Mailbox, now: datetime) -> None:
    """Where no other cooling is left the practice may be contacted from today on."""
    session.refresh(mailbox, ["next_contactable_date"])
    today = berlin_day(now)
    contactable: date = max(mailbox.next_contactable_date or today, today)
    tell_cooling_overridden(
        session,
        block,
        mailbox.mailbox_key,
        therapists_at(session, mailbox.id),
        berlin_day(block.response_at or block.recorded_at),
        contactable,
        now,
    )
