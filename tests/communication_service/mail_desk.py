"""What practices and their mail servers write back, and our reader of it."""

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from sqlalchemy import select

from communication_service.gateways.imap import Inbox
from communication_service.gateways.smtp import Login
from communication_service.jobs.read_inbox import forget_replies, read_inbox
from communication_service.storage.replies import Reply
from communication_service.storage.tables import Email
from communication_service.wiring import Wiring
from tests.communication_service.certificates import trusted_by_client
from tests.communication_service.integration.hostile_imap import Postroom
from tests.communication_service.stepped_worker import SteppedWorker

PRACTICE = "praxis@example.org"
ANSWER = "Leider haben wir keine freien Plätze."
IMPATIENT = 0.4


class MailDesk:
    """Reads the mailbox by hand, with the clock of the worker."""

    def __init__(self, worker: SteppedWorker, room: Postroom, port: int, certificate: Path) -> None:
        self.worker, self.room = worker, room
        self.inbox = Inbox(
            host="127.0.0.1",
            port=port,
            login=Login("anfragen", "geheim"),
            folder="INBOX",
            tls=trusted_by_client(certificate),
        )
        self.wiring = replace(worker.wiring, inbox=self.inbox)

    def read(self) -> int:
        """How many mails the reader came past."""
        return self._read(self.wiring)

    def read_impatiently(self) -> int:
        """From a server that may never come to an end."""
        inbox = replace(self.inbox, step_seconds=IMPATIENT, round_seconds=3 * IMPATIENT)
        return self._read(replace(self.wiring, inbox=inbox))

    def _read(self, wiring: Wiring) -> int:
        self.worker.now = max(self.worker.now, datetime.now(UTC))
        return read_inbox(self.worker.database, wiring, self.worker.now)

    def forget(self) -> int:
        return forget_replies(self.worker.database, self.wiring, self.worker.now)

    def replies(self) -> list[Reply]:
        with self.worker.database.transaction() as session:
            return list(session.scalars(select(Reply).order_by(Reply.id)))

    def words(self, reply: Reply) -> dict[str, str]:
        assert self.wiring.sealer is not None
        assert reply.sealed is not None
        return self.wiring.sealer.open(reply.sealed, reply.fingerprint)

    def only(self) -> Reply:
        [reply] = self.replies()
        return reply

    def mail(self, bundle_id: int) -> Email:
        with self.worker.database.transaction() as session:
            mails = select(Email).where(Email.bundle_id == bundle_id, Email.purpose == "inquiry")
            return session.scalars(mails).one()


def reply_to(mail: Email, text: str = ANSWER, *, sender: str = PRACTICE, **headers: str) -> bytes:
    """As a mail program writes it, with our mail quoted below."""
    message = EmailMessage()
    message["From"] = f"Praxis <{sender}>"
    message["To"] = mail.sender_email
    message["Subject"] = f"Re: {mail.subject}"
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{abs(hash((text, sender)))}@example.org>"
    message["In-Reply-To"] = mail.message_id
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    quoted = "\n".join(f"> {line}" for line in mail.body_text.splitlines())
    message.set_content(f"{text}\n\nAm 23.11.2026 schrieb Platzvermittlung:\n{quoted}\n")
    return message.as_bytes(policy=SMTP)


def report_on(
    mail: Email,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    recipient: str = PRACTICE,
    original: str = "",
    written_at: datetime | None = None,
    message_id: str | None = None,
) -> bytes:
    """What a mail server sends that could not deliver our mail (RFC 3464)."""
    date = format_datetime(written_at or mail.handed_over_at or datetime.now(UTC))
    forwarded = f"Original-Recipient: rfc822;{original}\r\n" if original else ""
    return f"""Return-Path: <>\r
From: MAILER-DAEMON@mx.example.org\r
To: {mail.sender_email}\r
Subject: Undelivered Mail Returned to Sender\r
Date: {format_datetime(datetime.now(UTC))}\r
Message-ID: <{action}.{status}.{recipient}@mx.example.org>\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
Your message could not be delivered.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.org\r
Arrival-Date: {date}\r
\r
{forwarded}Final-Recipient: rfc822; {recipient}\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; 550 {status} No such user here\r
\r
--b\r
Content-Type: text/rfc822-headers\r
\r
From: {mail.sender_email}\r
To: {recipient}\r
Date: {date}\r
Message-ID: {message_id or mail.message_id}\r
Subject: {mail.subject}\r
\r
--b--\r
""".encode()
