"""One SMTP dialogue with a seam: the caller commits before the end of the text is sent.

Until the terminating dot a server must not deliver, so everything before it may be tried again.
After the dot only the server's own reply tells what happened.
"""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from communication_service.gateways.deadline import cut_off_after

END_OF_DATA = b".\r\n"
EVIDENCE_LENGTH = 500

# Below mail_states.LEASE: a dialogue ends before somebody else may take its mail.
DIALOGUE_SECONDS = 120.0


@dataclass(frozen=True)
class Login:
    username: str
    password: str


@dataclass(frozen=True)
class MailServer:
    """`tls` demands STARTTLS; without it no login is sent."""

    host: str
    port: int
    ehlo_name: str
    tls: ssl.SSLContext | None = None
    login: Login | None = None
    step_seconds: float = 30.0
    dialogue_seconds: float = DIALOGUE_SECONDS

    def __post_init__(self) -> None:
        if self.login and not self.tls:
            raise ValueError("a login needs TLS")


@dataclass(frozen=True)
class Accepted:
    reply: str


@dataclass(frozen=True)
class Rejected:
    """An explicit 4xx or 5xx to this mail, before or after the end of its text."""

    code: int
    text: str
    permanent: bool


@dataclass(frozen=True)
class Unknown:
    """The end of the text was sent and no usable reply came back."""

    evidence: str


@dataclass(frozen=True)
class Unreachable:
    """Nothing was handed over: no connection, no greeting, no login, or it broke off."""

    reason: str


Outcome = Accepted | Rejected | Unknown | Unreachable
Reply = tuple[int, bytes]


def deliver(
    message: EmailMessage, server: MailServer, before_end_of_data: Callable[[], None]
) -> Outcome:
    """What `before_end_of_data` raises comes through, and then nothing was handed over."""
    connection = _Connection(server)
    deadline = cut_off_after(server.dialogue_seconds, lambda: connection.sock)
    with contextlib.closing(connection), deadline:
        obstacle = _hand_over_text(connection, message, server)
        if obstacle is not None:
            return obstacle
        before_end_of_data()
        return _end_text(connection)


class _Connection(smtplib.SMTP):
    """Not connected yet; knows the name that STARTTLS must find in the certificate."""

    def __init__(self, server: MailServer) -> None:
        super().__init__(local_hostname=server.ehlo_name, timeout=server.step_seconds)
        self._host = server.host


def _hand_over_text(
    connection: smtplib.SMTP, message: EmailMessage, server: MailServer
) -> Rejected | Unreachable | None:
    """None: the server holds the whole text and waits for its end."""
    try:
        _introduce(connection, server)
        refusal = _envelope(connection, message)
        if refusal is None:
            connection.send(wire_text(message))
    except (OSError, smtplib.SMTPException) as broken:
        return Unreachable(_evidence(broken))
    return refusal


def _introduce(connection: smtplib.SMTP, server: MailServer) -> None:
    greeting = connection.connect(server.host, server.port)
    if greeting[0] != 220:
        raise smtplib.SMTPConnectError(*greeting)
    connection.ehlo_or_helo_if_needed()
    if server.tls:
        connection.starttls(context=server.tls)
        connection.ehlo_or_helo_if_needed()
    if server.login:
        connection.login(server.login.username, server.login.password)


def _envelope(connection: smtplib.SMTP, message: EmailMessage) -> Rejected | Unreachable | None:
    sender = message["From"].addresses[0].addr_spec
    recipient = message["To"].addresses[0].addr_spec
    return (
        _refusal(connection.mail(sender), expected=2)
        or _refusal(connection.rcpt(recipient), expected=2)
        or _refusal(connection.docmd("DATA"), expected=3)
    )


def _end_text(connection: smtplib.SMTP) -> Accepted | Rejected | Unknown:
    try:
        connection.send(END_OF_DATA)
        reply = connection.getreply()
    except (OSError, smtplib.SMTPException) as lost:
        return Unknown(_evidence(lost))
    if reply[0] // 100 == 2:
        _say_goodbye(connection)
        return Accepted(_readable(reply))
    return _rejection(reply) or Unknown(f"no usable reply: {_readable(reply)}")


def wire_text(message: EmailMessage) -> bytes:
    """CRLF line ends, leading dots doubled, without the end of data."""
    text = message.as_bytes(policy=SMTP)
    return re.sub(rb"(?m)^\.", b"..", text)


def _refusal(reply: Reply, expected: int) -> Rejected | Unreachable | None:
    if reply[0] // 100 == expected:
        return None
    return _rejection(reply) or Unreachable(f"no usable reply: {_readable(reply)}")


def _rejection(reply: Reply) -> Rejected | None:
    code = reply[0]
    if not 400 <= code <= 599:
        return None
    return Rejected(code, _readable(reply), permanent=code >= 500)


def _say_goodbye(connection: smtplib.SMTP) -> None:
    # The outcome is known; whether the server still hears us does not matter.
    with contextlib.suppress(OSError, smtplib.SMTPException):
        connection.putcmd("quit")


def _readable(reply: Reply) -> str:
    code, text = reply
    words = " ".join(text.decode("utf-8", "replace").split())
    return f"{code} {words}"[:EVIDENCE_LENGTH]


def _evidence(failure: Exception) -> str:
    if isinstance(failure, smtplib.SMTPResponseException):
        text = failure.smtp_error
        raw = text if isinstance(text, bytes) else text.encode()
        return _readable((failure.smtp_code, raw))
    return f"{type(failure).__name__}: {failure}"[:EVIDENCE_LENGTH]
