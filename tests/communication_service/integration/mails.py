"""How tests look at a mail: as it is stored, as it arrives, and as others hear of it."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from aiosmtpd.smtp import Envelope
from sqlalchemy import select

from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import Purpose
from communication_service.storage.tables import Email
from tests.communication_service.integration.hostile_smtp import Postbox
from tests.communication_service.neighbourhood import Neighbourhood
from tests.communication_service.stepped_worker import MOMENT, SteppedWorker

MailOf = Callable[[int], Email | None]
_DELAY = timedelta(minutes=10)


def letter(worker: SteppedWorker, purpose: Purpose, *, about: int) -> Email | None:
    """The mail of a purpose about an inquiry, or about a search."""
    with worker.database.transaction() as session:
        mails = select(Email).where(Email.purpose == purpose)
        return session.scalar(mails.where((Email.bundle_id == about) | (Email.search_id == about)))


def let_the_delay_pass(worker: SteppedWorker) -> None:
    """That of a confirmation."""
    worker.now += _DELAY + MOMENT
    while worker.send_next():
        pass
    worker.tell()


def wire_of(envelope: Envelope) -> bytes:
    """A mail as the server heard it."""
    assert isinstance(envelope.content, bytes)
    return envelope.content


def arrived(postbox: Postbox, purpose: Purpose) -> list[EmailMessage]:
    messages = [read_message(envelope) for envelope in postbox.heard]
    return [message for message in messages if f".{purpose}@" in message["Message-ID"]]


def read_message(envelope: Envelope) -> EmailMessage:
    return message_from_bytes(wire_of(envelope), policy=SMTP)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def told(neighbourhood: Neighbourhood, bundle_id: int) -> list[tuple[str, Any]]:
    return [(told["type"], told["reason"]) for told in neighbourhood.told(bundle_id)]


def state_of(mail: Email | None) -> MailState | None:
    return None if mail is None else MailState(mail.state)
