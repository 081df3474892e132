"""Asking the contact law, and telling it what happened. The law itself is the database's."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from matching_service.domain.cooling import next_contactable_date
from matching_service.domain.errors import (
    ContactTooSoon,
    CoolingActive,
    IllegalTransition,
    NotFound,
    PermitRefused,
    TherapistNotContactable,
)
from matching_service.domain.lifecycle import WAITING_INQUIRIES, InquiryState
from matching_service.domain.pool import unwillingness
from matching_service.storage.cooling_overrides import override_in_force
from matching_service.storage.locks import lock_mailboxes
from matching_service.storage.planning_state import read_therapists
from matching_service.storage.tables import (
    ContactPermit,
    Mailbox,
    MailboxBlock,
    Therapeutenanfrage,
    TherapistRow,
)
from matching_service.use_cases.announcements import tell_cooling
from shared.contracts.berlin import berlin_day
from shared.db import constraint_of, sqlstate_of

UNSOLICITED = frozenset({"inquiry", "reminder", "v1_batch", "call"})
_PERMIT_REFUSED = "PV001"


def enforce_cooling_period(
    session: Session,
    mailbox: Mailbox,
    *,
    responded_at: datetime,
    cooling_days: int,
    inquiry_id: int | None,
    actor: str,
    now: datetime,
    purpose: str = "answer",
) -> MailboxBlock:
    """Any answer starts a cooling for the whole mailbox; recording one is never refused.

    The caller holds the mailbox's lock.
    """
    block = MailboxBlock(
        mailbox_id=mailbox.id,
        kind="cooling",
        purpose=purpose,
        inquiry_id=inquiry_id,
        actor=actor,
        response_at=responded_at,
        next_contactable_date=next_contactable_date(
            responded_at, cooling_days, mailbox.next_contactable_date
        ),
    )
    session.add(block)
    session.flush()
    session.refresh(block)
    therapists = therapists_at(session, mailbox.id)
    contact_day = berlin_day(responded_at)
    tell_cooling(session, block, mailbox.mailbox_key, therapists, contact_day, now)
    return block


def request_permit(
    session: Session, therapist_id: int, purpose: str, inquiry_id: int | None, *, actor: str
) -> ContactPermit:
    """A contact of this purpose may be made today; asking again gives the same permit.

    What answers a practice is recorded and never refused, whatever became of the inquiry.
    Raises NotFound, TherapistNotContactable, IllegalTransition (the inquiry no longer waits),
    CoolingActive, ContactTooSoon.
    """
    mailbox = _mailbox_of(session, therapist_id)
    if purpose in UNSOLICITED:
        _require_willing(session, therapist_id)
    if inquiry_id is not None:
        _require_inquiry(session, inquiry_id, waiting=purpose in UNSOLICITED)
        known = _permit_for(session, inquiry_id, purpose, mailbox)
        if known is not None:
            return known
    block = MailboxBlock(
        mailbox_id=mailbox.id,
        kind="contact",
        purpose=purpose,
        inquiry_id=inquiry_id,
        actor=actor,
        override_id=override_in_force(session, mailbox.id) if purpose in UNSOLICITED else None,
    )
    _record_contact(session, mailbox, block)
    permit = ContactPermit(block_id=block.id, therapist_id=therapist_id)
    session.add(permit)
    session.flush()
    session.refresh(permit)
    return permit


def claim_permit(session: Session, permit_id: int, now: datetime) -> ContactPermit:
    """The contact is about to be made. Claiming again asks the law again.

    Raises NotFound, TherapistNotContactable, PermitRefused.
    """
    permit = session.get(ContactPermit, permit_id)
    if permit is None:
        raise NotFound("permit", permit_id)
    if permit.purpose in UNSOLICITED:
        _require_willing(session, permit.therapist_id)
    if _mailbox_of(session, permit.therapist_id).id != permit.mailbox_id:
        raise PermitRefused(permit_id, "moved")
    try:
        with session.begin_nested():
            claim = update(ContactPermit).where(ContactPermit.id == permit_id)
            session.execute(claim.values(claimed_at=now))
    except DBAPIError as error:
        if sqlstate_of(error) != _PERMIT_REFUSED:
            raise
        raise PermitRefused(permit_id, _detail_of(error)) from None
    session.refresh(permit)
    return permit


def therapists_at(session: Session, mailbox_id: int) -> Sequence[int]:
    return session.scalars(
        select(TherapistRow.therapist_id)
        .where(TherapistRow.mailbox_id == mailbox_id)
        .order_by(TherapistRow.therapist_id)
    ).all()


def _mailbox_of(session: Session, therapist_id: int) -> Mailbox:
    therapist = session.get(TherapistRow, therapist_id)
    if therapist is None or therapist.deleted:
        raise NotFound("therapist", therapist_id)
    return lock_mailboxes(session, [therapist.mailbox_id])[therapist.mailbox_id]


def _require_willing(session: Session, therapist_id: int) -> None:
    """Blocked, opted out or "ask me later": whatever the mailbox's own dates say."""
    found = read_therapists(session, ids=[therapist_id])
    today = berlin_day(session.scalars(select(func.law_clock())).one())
    for obstacle in unwillingness(found[0], today) if found else ():
        raise TherapistNotContactable(therapist_id, obstacle.code)


def _require_inquiry(session: Session, inquiry_id: int, *, waiting: bool) -> None:
    inquiry = session.get(Therapeutenanfrage, inquiry_id, populate_existing=True)
    if inquiry is None:
        raise NotFound("bundle", inquiry_id)
    if waiting and InquiryState(inquiry.state) not in WAITING_INQUIRIES:
        raise IllegalTransition(inquiry.state, "contact", ())


def _permit_for(
    session: Session, inquiry_id: int, purpose: str, mailbox: Mailbox
) -> ContactPermit | None:
    """The permit that is still good today for this mailbox; another unused one is given back."""
    latest = session.scalar(
        select(ContactPermit)
        .where(
            ContactPermit.inquiry_id == inquiry_id,
            ContactPermit.purpose == purpose,
            ContactPermit.revoked_at.is_(None),
        )
        .order_by(ContactPermit.id.desc())
        .limit(1)
    )
    if latest is None:
        return None
    now = session.scalars(select(func.law_clock())).one()
    if latest.valid_until > now and latest.mailbox_id == mailbox.id:
        return latest
    if latest.claimed_at is None:
        given_back = update(ContactPermit).where(ContactPermit.id == latest.id)
        session.execute(given_back.values(revoked_at=func.clock_timestamp()))
    return None


def _record_contact(session: Session, mailbox: Mailbox, block: MailboxBlock) -> None:
    try:
        with session.begin_nested():
            session.add(block)
            session.flush()
    except IntegrityError as error:
        match constraint_of(error):
            case "no_contact_while_cooling":
                raise CoolingActive(_cooling_until(session, mailbox)) from None
            case "quiet_between_unsolicited_mails":
                raise ContactTooSoon(_quiet_until(session, mailbox)) from None
        raise


def _cooling_until(session: Session, mailbox: Mailbox) -> date:
    until = session.scalar(select(Mailbox.next_contactable_date).where(Mailbox.id == mailbox.id))
    assert until is not None
    return until


def _quiet_until(session: Session, mailbox: Mailbox) -> datetime:
    until: datetime | None = session.scalar(
        select(func.max(func.upper(MailboxBlock.quiet))).where(
            MailboxBlock.mailbox_id == mailbox.id, MailboxBlock.kind == "contact"
        )
    )
    assert until is not None
    return until


def _detail_of(error: DBAPIError) -> str:
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "message_detail", None) or "revoked"
