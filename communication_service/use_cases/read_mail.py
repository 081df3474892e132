"""Mails as staff look at them. All reads pass here, where reading can be recorded."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.inquiry_mail import (
    GatheredInquiry,
    Letterhead,
    inquiry_text,
)
from communication_service.use_cases.write_mail import WrittenMail


class MailNotFound(Exception):
    def __init__(self, email_id: int) -> None:
        super().__init__(email_id)


class NoLetter(Exception):
    """Nobody is asked for in this inquiry, or not any more."""

    def __init__(self, bundle_id: int) -> None:
        super().__init__(bundle_id)


@dataclass(frozen=True)
class Letter:
    bundle_id: int
    therapist_id: int
    search_ids: tuple[int, ...]
    text: WrittenMail


def read_mail(session: Session, email_id: int) -> Email:
    """Raises MailNotFound."""
    mail = queries.email(session, email_id)
    if mail is None:
        raise MailNotFound(email_id)
    return mail


def preview_letter(
    session: Session, inquiry: GatheredInquiry, letterhead: Letterhead, now: datetime
) -> Letter:
    text = inquiry_text(session, inquiry, letterhead, now)
    return Letter(inquiry.bundle_id, inquiry.therapist_id, inquiry.search_ids, text)
