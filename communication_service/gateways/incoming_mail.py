"""A mail that came in, read from its bytes. Whatever a stranger sends, it is read or unreadable."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, message_from_string
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from html.parser import HTMLParser
from itertools import islice
from typing import Any

from communication_service.domain.bounces import DeliveryReport, enhanced_status
from communication_service.gateways.message import comparable_address

LONGEST_WORDS = 100_000
_MOST_PARTS = 200
_MOST_REFERENCES = 50
_EVIDENCE_LENGTH = 500
_AUTOMATIC_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Response")
_AUTOMATIC_PRECEDENCE = ("auto_reply", "bulk", "junk")
_AUTOMATIC_SUBJECTS = (
    *("automatische antwort", "abwesenheit", "out of office", "autoreply", "auto-reply"),
    *("automatic reply", "undeliverable", "undelivered mail", "unzustellbar"),
)
_DAEMONS = ("mailer-daemon", "postmaster")

# What the parser of the standard library is known to raise over nonsense.
_NONSENSE = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


class UnreadableMail(Exception):
    """Its bytes make no mail."""


@dataclass(frozen=True)
class IncomingMail:
    """`text` is the readable part, from HTML where there is no other; `reports` those of a mail
    that says what became of ours. Empty where the mail does not say."""

    references: tuple[str, ...]
    sender: str
    subject: str
    text: str
    is_automatic: bool
    reports: tuple[DeliveryReport, ...]


def fingerprint(raw: bytes) -> str:
    """The same for a mail that is delivered twice: how it came differs, what it is does not."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    kept = [line for line in head.split(b"\n") if line.lower().startswith(_WHAT_IT_IS)]
    return sha256(b"\n".join([*kept, b"", body])).hexdigest()


_WHAT_IT_IS = (b"message-id:", b"from:", b"date:", b"subject:")


def read_incoming(raw: bytes) -> IncomingMail:
    """Raises UnreadableMail."""
    try:
        return _read(message_from_bytes(raw))
    except _NONSENSE as nonsense:
        raise UnreadableMail(type(nonsense).__name__) from None


def _read(message: "Message[str, str]") -> IncomingMail:
    subject, sender = _header(message, "Subject"), _sender(message)
    return IncomingMail(
        references=_references(message),
        sender=sender,
        subject=subject,
        text=_text(message),
        is_automatic=_is_automatic(message, subject, sender),
        reports=tuple(_reports(message)),
    )


def _header(message: "Message[str, str]", name: str) -> str:
    return _one_line(_decoded(str(message.get(name, ""))))


def _decoded(value: str) -> str:
    words = []
    for word, charset in decode_header(value):
        words.append(_in_charset(word, charset) if isinstance(word, bytes) else word)
    return "".join(words)


def _one_line(value: str) -> str:
    printable = "".join(sign if sign.isprintable() else " " for sign in value)
    return " ".join(printable.split())[:1000]


def _sender(message: "Message[str, str]") -> str:
    addresses = getaddresses([str(message.get("From", ""))])
    return _one_line(addresses[0][1]) if addresses else ""


def _references(message: "Message[str, str]") -> tuple[str, ...]:
    quoted = f"{message.get('In-Reply-To', '')} {message.get('References', '')}".split()
    return tuple(dict.fromkeys(quoted[-_MOST_REFERENCES:]))


def _is_automatic(message: "Message[str, str]", subject: str, sender: str) -> bool:
    """RFC 3834, and what is in use beside it."""
    submitted = str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    return (
        submitted != "no"
        or precedence in _AUTOMATIC_PRECEDENCE
        or any(name in message for name in _AUTOMATIC_HEADERS)
        or str(message.get("Return-Path", "")).strip() == "<>"
        or message.get_content_type() == "multipart/report"
        or sender.partition("@")[0].lower() in _DAEMONS
        or subject.lower().startswith(_AUTOMATIC_SUBJECTS)
    )


def _text(message: "Message[str, str]") -> str:
    found: dict[str, str] = {}
    for part in islice(message.walk(), _MOST_PARTS):
        kind = part.get_content_type()
        is_words = kind in ("text/plain", "text/html") and not part.is_multipart()
        if is_words and kind not in found and part.get_content_disposition() != "attachment":
            found[kind] = _words(part)
    if found.get("text/plain", "").strip():
        return found["text/plain"]
    return _without_markup(found.get("text/html", ""))


def _words(part: "Message[str, str]") -> str:
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes), "a part without parts"
    words = _in_charset(raw, part.get_content_charset()).replace("\r\n", "\n").replace("\0", "")
    return words[:LONGEST_WORDS]


def _in_charset(raw: bytes, charset: str | None) -> str:
    """In the charset that is declared, else in the one that it turns out to be."""
    for candidate in (charset or "utf-8", "utf-8"):
        try:
            return raw.decode(candidate)
        except (LookupError, ValueError):
            continue
    return raw.decode("cp1252", errors="replace")


def _reports(message: "Message[str, str]") -> Iterator[DeliveryReport]:
    """One for each recipient that the report names (RFC 3464)."""
    if message.get_content_type() != "multipart/report":
        return
    parts = list(islice(message.walk(), _MOST_PARTS))
    original = next(filter(None, map(_original, parts)), None)
    if original is None:
        return
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            for block in _blocks(part)[1:]:
                yield _report(block, original)


def _original(part: "Message[str, str]") -> "Message[str, str] | None":
    """Our own mail, or its headers."""
    payload: Any = part.get_payload()
    match part.get_content_type():
        case "text/rfc822-headers" if isinstance(payload, str):
            return message_from_string(_words(part))
        case "message/rfc822" if isinstance(payload, list) and payload:
            inner: Message[str, str] = payload[0]
            return inner
    return None


def _blocks(part: "Message[str, str]") -> "list[Message[str, str]]":
    payload: Any = part.get_payload()
    return payload[:_MOST_PARTS] if isinstance(payload, list) else []


def _report(block: "Message[str, str]", original: "Message[str, str]") -> DeliveryReport:
    # A practice may have its mail forwarded: what we wrote to is the original recipient.
    recipient = _header(block, "Original-Recipient") or _header(block, "Final-Recipient")
    diagnostic = _header(block, "Diagnostic-Code")
    return DeliveryReport(
        action=_header(block, "Action").lower(),
        status=enhanced_status(_header(block, "Status")),
        recipient=comparable_address(recipient.rpartition(";")[2].strip().strip("<>")),
        message_id=str(original.get("Message-ID", "")).strip(),
        written_at=_date(str(original.get("Date", ""))),
        diagnostic=diagnostic[:_EVIDENCE_LENGTH],
    )


def _date(written: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(written)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _without_markup(html: str) -> str:
    reader = _Words()
    reader.feed(html)
    reader.close()
    return "".join(reader.heard)[:LONGEST_WORDS].strip()


class _Words(HTMLParser):
    """What somebody would read; quotations are left out here, where they still have their marks."""

    _UNSEEN = ("style", "script", "title", "blockquote", "head")
    _BREAKS = ("br", "p", "div", "tr", "li", "h1", "h2", "h3")

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in self._UNSEEN:
            self._hidden += 1
        if tag in self._BREAKS:
            self.heard.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._UNSEEN and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.heard.append(data)
