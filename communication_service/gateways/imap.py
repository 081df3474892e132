"""Our own mailbox, looked at over TLS and changed in nothing: no mail is marked or deleted."""

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from communication_service.gateways.deadline import cut_off_after
from communication_service.gateways.smtp import Login

LARGEST_BYTES = 512 * 1024
# A mail server's own answers beside the mails are lines.
_LARGEST_LITERAL = LARGEST_BYTES + 1024
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_ARRIVED = re.compile(rb'INTERNALDATE "([^"]{1,40})"')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# imaplib raises its own errors, and whatever its parser stumbles over in garbage.
_TROUBLE = (OSError, imaplib.IMAP4.error, ValueError, IndexError, TypeError, AttributeError)


@dataclass(frozen=True)
class Inbox:
    host: str
    port: int
    login: Login
    folder: str
    tls: ssl.SSLContext
    step_seconds: float = 30.0
    round_seconds: float = 120.0

    @property
    def name(self) -> str:
        """Tells this mailbox from any other that we may have read before."""
        return f"{self.login.username}@{self.host}/{self.folder}"


class InboxTrouble(Exception):
    """Nothing could be read, or not to its end; it is all still there."""


@dataclass(frozen=True)
class FetchedMail:
    """`raw` are the first LARGEST_BYTES at most."""

    uid: int
    raw: bytes
    arrived_at: datetime | None


class OpenInbox:
    """Every call may raise InboxTrouble."""

    def __init__(self, connection: imaplib.IMAP4, uid_validity: int) -> None:
        self._connection = connection
        self.uid_validity = uid_validity

    def uids_after(self, uid: int, since: date) -> list[int]:
        """Of mails that arrived on that day or later, in their order."""
        day = f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        with _trouble():
            found = _checked(self._connection.uid("SEARCH", f"UID {uid + 1}:* SINCE {day}"))
            numbers = [
                int(word) for line in found if isinstance(line, bytes) for word in line.split()
            ]
        # A server answers `n:*` with its last mail even where that one's number is below n.
        return sorted({number for number in numbers if number > uid})

    def fetch(self, uid: int) -> FetchedMail | None:
        """None: the server lists this mail and does not hand it out."""
        wanted = f"(UID INTERNALDATE BODY.PEEK[]<0.{LARGEST_BYTES}>)"
        with _trouble():
            status, found = self._connection.uid("FETCH", str(uid), wanted)
        return _mail(uid, found) if status == "OK" else None


@contextlib.contextmanager
def opened(inbox: Inbox) -> Iterator[OpenInbox]:
    """Raises InboxTrouble."""
    wires: list[ssl.SSLSocket] = []
    with cut_off_after(inbox.round_seconds, lambda: wires[0] if wires else None):
        with _trouble():
            connection = _Connection(inbox, wires)
        try:
            with _trouble():
                validity = _enter(connection, inbox)
            yield OpenInbox(connection, validity)
        finally:
            _leave(connection)


class _Connection(imaplib.IMAP4_SSL):
    """Shows its wire before the server has said a word, and believes no size above ours."""

    def __init__(self, inbox: Inbox, wires: list[ssl.SSLSocket]) -> None:
        self._wires = wires
        super().__init__(inbox.host, inbox.port, ssl_context=inbox.tls, timeout=inbox.step_seconds)

    def open(self, *arguments: Any, **options: Any) -> None:
        super().open(*arguments, **options)
        self._wires.append(self.sock)  # type: ignore[arg-type]

    def read(self, size: int) -> bytes:
        if size > _LARGEST_LITERAL:
            raise self.abort(f"a literal of {size} bytes")
        return super().read(size)


def _enter(connection: imaplib.IMAP4, inbox: Inbox) -> int:
    connection.login(inbox.login.username, inbox.login.password)
    folder = inbox.folder.replace("\\", "\\\\").replace('"', '\\"')
    _checked(connection.select(f'"{folder}"', readonly=True))
    _, [validity] = connection.response("UIDVALIDITY")
    return int(validity)


def _leave(connection: imaplib.IMAP4) -> None:
    with contextlib.suppress(*_TROUBLE):
        connection.shutdown()


def _mail(uid: int, found: Any) -> FetchedMail | None:
    """Servers may slip in news of other mails."""
    for item in found:
        if not isinstance(item, tuple) or b"BODY[]" not in item[0]:
            continue
        number = _UID.search(item[0])
        if number is not None and int(number[1]) == uid:
            return FetchedMail(uid, item[1], _arrived(item[0]))
    return None


def _arrived(words: bytes) -> datetime | None:
    found = _ARRIVED.search(words)
    if found is None:
        return None
    try:
        moment = parsedate_to_datetime(found[1].decode("ascii").replace("-", " ", 2))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _checked(answer: tuple[str, Any]) -> Any:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error(status)
    return data


@contextlib.contextmanager
def _trouble() -> Iterator[None]:
    try:
        yield
    except _TROUBLE as trouble:
        raise InboxTrouble(type(trouble).__name__) from None
