"""Mails as staff look at them. All reads pass here, where reading can be recorded."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.domain.purposes import RELEASED_BY_STAFF, UNSOLICITED, Purpose
from communication_service.gateways.matching import Matching
from communication_service.gateways.message import (
    OutgoingMail,
    UnusableAddressError,
    address_domain,
    ascii_address,
    compose,
    message_id,
)
from communication_service.gateways.people import People
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.practice_letters import (
    GatheredLetter,
    Letterhead,
    gather_from,
    letter_text,
    purposes_of,
)
from communication_service.use_cases.write_mail import WrittenMail


class MailNotFound(Exception):
    def __init__(self, email_id: int) -> None:
        super().__init__(email_id)


class NoLetter(Exception):
    """There is no such inquiry, or everybody in it is gone."""

    def __init__(self, bundle_id: int) -> None:
        super().__init__(bundle_id)


class NoOccasion(Exception):
    """The inquiry, as it stands, gives no occasion for a letter of this purpose."""

    def __init__(self, state: str, purpose: Purpose, legal: tuple[Purpose, ...]) -> None:
        super().__init__(f"{purpose} while {state}")
        self.current = state
        self.wanted = purpose
        self.legal = legal


@dataclass(frozen=True)
class Letter:
    """`source` are the bytes that would go out now, None without a usable address."""

    bundle_id: int
    therapist_id: int
    purpose: Purpose
    search_ids: tuple[int, ...]
    text: WrittenMail
    recipient_email: str | None
    source: str | None


def read_mail(session: Session, email_id: int) -> Email:
    """Raises MailNotFound."""
    mail = queries.email(session, email_id)
    if mail is None:
        raise MailNotFound(email_id)
    return mail


def read_mail_to_practice(session: Session, email_id: int) -> Email:
    """What v1 ever knew. Raises MailNotFound."""
    mail = read_mail(session, email_id)
    if mail.therapist_id is None:
        raise MailNotFound(email_id)
    return mail


def gather_preview(
    purpose: Purpose, bundle_id: int, matching: Matching, people: People, now: datetime
) -> GatheredLetter:
    """Raises NoLetter, NoOccasion, ServiceUnavailable or ServiceRefused."""
    bundle = matching.bundle(bundle_id)
    if bundle is None:
        raise NoLetter(bundle_id)
    legal = purposes_of(bundle)
    if purpose not in legal:
        raise NoOccasion(bundle.state, purpose, legal)
    gathered = gather_from(purpose, bundle, people, now)
    if gathered is None:
        raise NoLetter(bundle_id)
    return gathered


def preview_letter(
    session: Session, gathered: GatheredLetter, letterhead: Letterhead, now: datetime
) -> Letter:
    """What waits for a release is shown as it is stored: that is what will go out."""
    stored = queries.letter(session, gathered.bundle_id, gathered.purpose)
    if stored is not None and gathered.purpose in RELEASED_BY_STAFF:
        search_ids = tuple(stored.search_ids)
        text = WrittenMail(stored.subject, stored.body_text, stored.body_html)
    else:
        search_ids = gathered.search_ids
        text = letter_text(session, gathered, letterhead, now)
    return Letter(
        gathered.bundle_id,
        gathered.therapist_id,
        gathered.purpose,
        search_ids,
        text,
        gathered.recipient.address or None,
        _source(gathered, text, letterhead, now),
    )


def _source(
    gathered: GatheredLetter, text: WrittenMail, letterhead: Letterhead, now: datetime
) -> str | None:
    mail = _outgoing(gathered, text, letterhead, now)
    try:
        ascii_address(mail.recipient_address)
    except UnusableAddressError:
        return None
    return compose(mail, now).as_bytes().decode("ascii")


def _outgoing(
    gathered: GatheredLetter, text: WrittenMail, letterhead: Letterhead, now: datetime
) -> OutgoingMail:
    domain = address_domain(letterhead.address)
    unsolicited = gathered.purpose in UNSOLICITED
    return OutgoingMail(
        message_id=message_id(gathered.bundle_id, gathered.purpose, domain),
        sender_name=letterhead.signed_by.name,
        sender_address=letterhead.address,
        recipient_name=gathered.recipient.name,
        recipient_address=gathered.recipient.address,
        subject=text.subject,
        body_text=text.body_text,
        body_html=text.body_html,
        unsubscribe_link=letterhead.links.opt_out_link(gathered, now) if unsolicited else None,
        is_automatic=gathered.purpose not in RELEASED_BY_STAFF,
    )
