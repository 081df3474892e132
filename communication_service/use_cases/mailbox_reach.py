"""At which addresses nothing arrives: found out by mails, mended by people.

Others are told by the mailbox's key. Nobody is told an address.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.storage import mailboxes
from communication_service.storage.mailboxes import UndeliverableMailbox
from communication_service.storage.tables import Email
from communication_service.use_cases.publisher import SERVICE
from shared.events.outbox import publish


class MailboxNotFound(Exception):
    def __init__(self, mailbox_id: int) -> None:
        super().__init__(mailbox_id)


class MailboxRestored(Exception):
    """Somebody has said before that the address is right."""


def note_undeliverable(
    session: Session, mail: Email, mailbox_key: str, status: str, now: datetime
) -> None:
    """The same again changes nothing. The caller holds the mail's lock."""
    if mail.therapist_id is None:
        return
    mailbox = mailboxes.keep_undeliverable(
        session,
        mailbox_key=mailbox_key,
        therapist_id=mail.therapist_id,
        email_id=mail.id,
        status=status,
        now=now,
    )
    if mailbox is not None:
        _tell(session, "communication.mailbox_failed", mailbox, now)


def restore_mailbox(
    session: Session, mailbox_id: int, reason: str, actor: str, now: datetime
) -> UndeliverableMailbox:
    """The address is right after all. Raises MailboxNotFound, MailboxRestored."""
    mailbox = mailboxes.locked_mailbox(session, mailbox_id)
    if mailbox is None:
        raise MailboxNotFound(mailbox_id)
    if mailbox.restored_at is not None:
        raise MailboxRestored
    mailbox.restored_at, mailbox.restored_by, mailbox.restore_reason = now, actor, reason
    mailbox.version += 1
    session.flush()
    _tell(session, "communication.mailbox_restored", mailbox, now)
    return mailbox


def _tell(session: Session, moment: str, mailbox: UndeliverableMailbox, now: datetime) -> None:
    data = {
        "mailbox_key": mailbox.mailbox_key,
        "therapist_id": mailbox.therapist_id,
        "version": mailbox.version,
        "at": now.isoformat().replace("+00:00", "Z"),
    }
    publish(session, SERVICE, moment, mailbox.mailbox_key, data, now)
