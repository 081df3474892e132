"""An inquiry's mail while it is still ours: written, written anew, released, withdrawn."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import ORDERED_BY_MATCHING, Purpose
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.mail_rows import practice_post, queue, write_row
from communication_service.use_cases.practice_letters import (
    GatheredLetter,
    Letterhead,
    letter_text,
)


def write_draft(
    session: Session, gathered: GatheredLetter, letterhead: Letterhead, now: datetime
) -> Email:
    """Writes the draft, or writes it anew; a mail that was released stays as it is."""
    mail = queries.locked_letter(session, gathered.bundle_id, gathered.purpose)
    if mail is None or mail.state == MailState.DRAFT:
        mail = _write(session, mail, gathered, letterhead, now)
    return mail


def release_mail(
    session: Session, gathered: GatheredLetter, letterhead: Letterhead, now: datetime
) -> Email:
    """Writes the mail a last time and queues it, once for every time the inquiry is sent."""
    mail = queries.locked_letter(session, gathered.bundle_id, gathered.purpose)
    if mail is not None and mail.state not in (MailState.DRAFT, MailState.FAILED):
        return mail
    mail = _write(session, mail, gathered, letterhead, now)
    queue(session, mail, now)
    return mail


def withdraw_unsent(session: Session, bundle_id: int) -> None:
    """An inquiry that is over needs no mail. One that is being sent cannot be called back."""
    queries.delete_unsent(session, bundle_id, ORDERED_BY_MATCHING)


def may_have_been_asked(session: Session, bundle_id: int) -> bool:
    """Whether the inquiry's mail is out, on its way, or nobody knows."""
    mail = queries.locked_letter(session, bundle_id, Purpose.INQUIRY)
    return mail is not None and mail.state not in (MailState.DRAFT, MailState.FAILED)


def _write(
    session: Session,
    mail: Email | None,
    gathered: GatheredLetter,
    letterhead: Letterhead,
    now: datetime,
) -> Email:
    text = letter_text(session, gathered, letterhead, now)
    return write_row(session, mail, practice_post(gathered, text), letterhead, now)
