"""A mail in the form that goes over the wire. No value can add a header or a recipient."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from hashlib import sha256
from uuid import uuid4

# RFC 5321 local parts without quotes; longer ones than 64 no server must take.
LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")
LINK_HEADER = "List-Unsubscribe"
PURPOSE = re.compile(r"[a-z0-9_]+")


class _LinkHeader(UniqueUnstructuredHeader):
    """Links stay on one line: folding would turn long ones into encoded words, which are none."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # the registry adds it


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type(LINK_HEADER, _LinkHeader)  # type: ignore[arg-type]  # it adds the base
_POLICY = SMTP.clone(header_factory=_HEADERS)


class UnusableAddressError(ValueError):
    """Not an address that a mail can be sent to."""


@dataclass(frozen=True)
class OutgoingMail:
    """`unsubscribe_link` takes a POST and asks nothing; `is_automatic`: no person has let it go."""

    message_id: str
    sender_name: str
    sender_address: str
    recipient_name: str
    recipient_address: str
    subject: str
    body_text: str
    body_html: str
    unsubscribe_link: str | None = None
    is_automatic: bool = False


def compose(mail: OutgoingMail, now: datetime) -> EmailMessage:
    """Raises UnusableAddressError for either address."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address(mail.sender_name, mail.sender_address)
    message["To"] = _address(mail.recipient_name, mail.recipient_address)
    message["Subject"] = header_text(mail.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = mail.message_id
    for name, value in _list_headers(mail):
        message[name] = value
    # Quoted-printable keeps every line short and ASCII, whatever the server can do.
    message.set_content(mail.body_text, cte="quoted-printable")
    message.add_alternative(mail.body_html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = "de"
    # Always the same mark between both forms, so that a preview shows the very bytes that go out.
    mark = sha256(mail.message_id.encode()).hexdigest()
    message.set_boundary(f"=_{mark[:32]}")
    return message


def _list_headers(mail: OutgoingMail) -> Iterator[tuple[str, str]]:
    """To be left in peace by one click (RFC 2369, 8058), and for machines: no reply (RFC 3834)."""
    if mail.unsubscribe_link is not None:
        yield LINK_HEADER, f"<{mail.unsubscribe_link}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    if mail.is_automatic:
        yield "Auto-Submitted", "auto-generated"


def message_id(inquiry: int | None, purpose: str, domain: str, sequel: int = 0) -> str:
    """The same for every attempt, so that a second copy shows as one.

    A letter that belongs to no inquiry is named at random: a search may have several.
    """
    if not PURPOSE.fullmatch(purpose):
        raise ValueError(purpose)
    occasion = f"ps-{uuid4().hex}" if inquiry is None else f"pv-{inquiry}"
    occasion += f"-{sequel}" if sequel else ""
    return f"<{occasion}.{purpose}@{ascii_domain(domain)}>"


def ascii_address(address: str) -> str:
    """The address as the envelope carries it: umlauts in the domain become punycode."""
    local_part, at, domain = address.strip().rpartition("@")
    if not at or len(local_part) > 64 or not LOCAL_PART.fullmatch(local_part):
        raise UnusableAddressError
    return f"{local_part}@{ascii_domain(domain)}"


def comparable_address(address: str) -> str:
    """The same for every spelling that means the same mailbox; what is no address stays itself."""
    try:
        return ascii_address(address).casefold()
    except UnusableAddressError:
        return address.strip().casefold()


def address_domain(address: str) -> str:
    """Raises UnusableAddressError."""
    return ascii_address(address).rpartition("@")[2]


def ascii_domain(domain: str) -> str:
    # Not the codec "idna": that one sends mail for straße.de to strasse.de.
    labels = unicodedata.normalize("NFC", domain.lower()).split(".")
    encoded = ".".join(label if label.isascii() else _punycode(label) for label in labels)
    if not DOMAIN.fullmatch(encoded):
        raise UnusableAddressError
    return encoded


def header_text(value: str) -> str:
    """One printable line; `=?` is parted, for a decoder would read an encoded word there."""
    one_line = " ".join(value.split())
    printable = "".join(sign for sign in one_line if sign.isprintable())
    return printable.replace("=?", "= ?")


def _address(name: str, address: str) -> Address:
    return Address(display_name=header_text(name), addr_spec=ascii_address(address))


def _punycode(label: str) -> str:
    if not label.isalnum() and not label.replace("-", "").isalnum():
        raise UnusableAddressError
    return "xn--" + label.encode("punycode").decode("ascii")
