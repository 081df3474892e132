"""A therapist has another mailbox now: the peace that was promised goes along."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from matching_service.storage.tables import Mailbox, MailboxBlock
from matching_service.use_cases.announcements import tell_cooling
from matching_service.use_cases.contact_law import therapists_at
from matching_service.use_cases.search_history import SYSTEM
from shared.contracts.berlin import berlin_day

_PURPOSE = "moved_mailbox"


def take_along(session: Session, old: int, new: int, now: datetime) -> None:
    """The later of both dates holds from now on. The caller has locked both mailboxes."""
    left = session.get_one(Mailbox, old, populate_existing=True)
    entered = session.get_one(Mailbox, new, populate_existing=True)
    until = left.next_contactable_date
    known = entered.next_contactable_date
    if until is not None and until > berlin_day(now) and (known is None or known < until):
        _cool(session, old, entered, until, now)
    _keep_quiet(session, old, new, now)


def _cool(session: Session, old: int, entered: Mailbox, until: date, now: datetime) -> None:
    answered_at = session.scalar(
        select(func.max(MailboxBlock.response_at)).where(
            MailboxBlock.mailbox_id == old, MailboxBlock.kind == "cooling"
        )
    )
    block = MailboxBlock(
        mailbox_id=entered.id,
        kind="cooling",
        purpose=_PURPOSE,
        actor=SYSTEM,
        response_at=answered_at or now,
        next_contactable_date=until,
    )
    session.add(block)
    session.flush()
    session.refresh(block)
    therapists = therapists_at(session, entered.id)
    contact_day = berlin_day(answered_at or now)
    tell_cooling(session, block, entered.mailbox_key, therapists, contact_day, now)


def _keep_quiet(session: Session, old: int, new: int, now: datetime) -> None:
    """The inquiry whose mail began the quiet comes along: it is not in its own way."""
    upper = func.upper(MailboxBlock.quiet)
    latest = session.execute(
        select(upper, MailboxBlock.inquiry_id)
        .where(MailboxBlock.mailbox_id == old, upper > now)
        .order_by(upper.desc())
        .limit(1)
    ).one_or_none()
    if latest is not None:
        until, inquiry_id = latest
        session.add(
            MailboxBlock(
                mailbox_id=new,
                kind="contact",
                purpose=_PURPOSE,
                actor=SYSTEM,
                inquiry_id=inquiry_id,
                quiet=Range(now, until, bounds="[)"),
            )
        )
        session.flush()
