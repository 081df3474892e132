"""A person has read a letter and lets it go, or throws its draft away."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.domain.mail_states import NEVER_STARTED, MailState
from communication_service.domain.purposes import (
    ORDERED_BY_MATCHING,
    RELEASED_BY_STAFF,
    WRITTEN_BY_OTHERS,
    Purpose,
)
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.mail_rows import queue
from communication_service.use_cases.read_mail import MailNotFound


class NotReleasable(Exception):
    """Not this mail, or not as it stands."""

    def __init__(self, state: str, wanted: str, legal: tuple[str, ...] = ()) -> None:
        super().__init__(f"{wanted} while {state}")
        self.current = state
        self.wanted = wanted
        self.legal = legal


def release_letter(session: Session, email_id: int, *, actor: str, now: datetime) -> Email:
    """Queues a draft that waits for a person, and any letter anew that was refused.

    A mail that was released before and is on its way stays as it is. Inquiries and reminders are
    matching's to send. Raises MailNotFound, NotReleasable.
    """
    mail = _locked(session, email_id)
    purpose, state = Purpose(mail.purpose), MailState(mail.state)
    if state in _legal_states(purpose):
        mail.released_by, mail.updated_at = actor, now
        mail.version += 1
        queue(session, mail, now)
    elif mail.released_by is None:
        raise NotReleasable(state, MailState.QUEUED)
    return mail


def discard_draft(session: Session, email_id: int) -> None:
    """Raises MailNotFound, NotReleasable."""
    mail = _locked(session, email_id)
    if mail.state not in _discardable_states(Purpose(mail.purpose)):
        raise NotReleasable(mail.state, "deleted")
    session.delete(mail)


def _discardable_states(purpose: Purpose) -> tuple[MailState, ...]:
    """A mail of one's own can be taken back until somebody begins to send it."""
    if purpose in WRITTEN_BY_OTHERS:
        return NEVER_STARTED
    return (MailState.DRAFT,) if purpose in RELEASED_BY_STAFF else ()


def _legal_states(purpose: Purpose) -> tuple[MailState, ...]:
    if purpose in ORDERED_BY_MATCHING:
        return ()
    if purpose in RELEASED_BY_STAFF:
        return (MailState.DRAFT, MailState.FAILED)
    return (MailState.FAILED,)


def _locked(session: Session, email_id: int) -> Email:
    mail = queries.locked_email(session, email_id)
    if mail is None:
        raise MailNotFound(email_id)
    return mail
