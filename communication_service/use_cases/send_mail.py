"""A due mail on its way out: claimed, addressed, permitted, handed over, its end recorded.

Each step is one short transaction of the caller's; what is asked of others lies between them.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from communication_service.domain.mail_states import LEASE, MailEvent, MailState, next_state
from communication_service.gateways import smtp
from communication_service.gateways.matching import Matching, PermitRefused
from communication_service.gateways.message import (
    OutgoingMail,
    UnusableAddressError,
    ascii_address,
)
from communication_service.gateways.people import People, Recipient, read_recipient
from communication_service.storage import queries
from communication_service.storage.tables import Email


@dataclass(frozen=True)
class ClaimedMail:
    """A mail in the hands of one attempt; `claim` tells this attempt from every other."""

    id: int
    claim: UUID
    therapist_id: int
    bundle_id: int
    purpose: str
    message_id: str
    sender_name: str
    sender_address: str
    search_ids: tuple[int, ...]
    subject: str
    body_text: str
    body_html: str


@dataclass(frozen=True)
class PermittedMail:
    """Addressed, and matching has said yes just now."""

    outgoing: OutgoingMail
    permit_id: int


@dataclass(frozen=True)
class Ending:
    """How an attempt ended. `reason` is a slug that others may read, `evidence` is for staff."""

    event: MailEvent
    reason: str | None = None
    evidence: str | None = None
    counts: bool = True


class ClaimLost(Exception):
    """The lease ran out and the mail belongs to somebody else now: nothing may be sent."""


def claim_due_mail(session: Session, now: datetime) -> ClaimedMail | None:
    mail = queries.locked_due_mail(session, now)
    if mail is None:
        return None
    mail.state = next_state(MailState(mail.state), MailEvent.CLAIMED)
    mail.claimed_by, mail.lease_until = uuid4(), now + LEASE
    mail.next_attempt_at, mail.attempts = None, mail.attempts + 1
    mail.updated_at = now
    mail.version += 1
    return claimed_mail(mail, mail.claimed_by)


def obtain_permit(mail: ClaimedMail, people: People, matching: Matching) -> PermittedMail | Ending:
    """Asks for the address and for matching's word, last of all before the dialogue.

    Raises ServiceUnavailable or ServiceRefused.
    """
    recipient = _recipient(mail, people)
    if isinstance(recipient, Ending):
        return recipient
    try:
        permit_id = matching.request_permit(mail.therapist_id, mail.purpose, mail.bundle_id)
        matching.claim_permit(permit_id)
    except PermitRefused as refusal:
        return Ending(MailEvent.REFUSED_FOR_GOOD, refusal.reason)
    return PermittedMail(_outgoing(mail, recipient), permit_id)


def note_hand_over(
    session: Session, mail: ClaimedMail, permitted: PermittedMail, now: datetime
) -> None:
    """From here on silence means: unknown. Raises ClaimLost."""
    row = queries.locked_claim(session, mail.id, mail.claim)
    if row is None:
        raise ClaimLost
    row.state = next_state(MailState(row.state), MailEvent.HANDED_OVER)
    row.handed_over_at, row.permit_id = now, permitted.permit_id
    row.recipient_name = permitted.outgoing.recipient_name
    row.recipient_email = permitted.outgoing.recipient_address
    row.updated_at = now
    row.version += 1


def ending_of(outcome: smtp.Outcome) -> Ending:
    """What the mail server's behaviour means for the mail."""
    match outcome:
        case smtp.Accepted(reply):
            return Ending(MailEvent.ACCEPTED, evidence=reply)
        case smtp.Rejected(_, text, permanent=True):
            return Ending(MailEvent.REFUSED_FOR_GOOD, "refused_by_mail_server", text)
        case smtp.Rejected(_, text):
            return Ending(MailEvent.REFUSED_FOR_NOW, "postponed_by_mail_server", text)
        case smtp.Unknown(evidence):
            return Ending(MailEvent.REPLY_LOST, "reply_lost", evidence)
        case smtp.Unreachable(reason):
            return Ending(MailEvent.REFUSED_FOR_NOW, "mail_server_unreachable", reason)


NOBODY_LEFT = Ending(MailEvent.REFUSED_FOR_GOOD, "nobody_left")
OUTAGE = Ending(MailEvent.REFUSED_FOR_NOW, "service_unavailable", counts=False)


def _recipient(mail: ClaimedMail, people: People) -> Recipient | Ending:
    document = people.therapist(mail.therapist_id)
    if document is None:
        return Ending(MailEvent.REFUSED_FOR_GOOD, "therapist_gone")
    recipient = read_recipient(document)
    if not recipient.address:
        return Ending(MailEvent.REFUSED_FOR_GOOD, "no_email")
    try:
        ascii_address(recipient.address)
    except UnusableAddressError:
        return Ending(MailEvent.REFUSED_FOR_GOOD, "unusable_address")
    return recipient


def claimed_mail(mail: Email, claim: UUID) -> ClaimedMail:
    assert mail.bundle_id is not None, "every mail is an inquiry's so far"
    return ClaimedMail(
        id=mail.id,
        claim=claim,
        therapist_id=mail.therapist_id,
        bundle_id=mail.bundle_id,
        purpose=mail.purpose,
        message_id=mail.message_id,
        sender_name=mail.sender_name,
        sender_address=mail.sender_email,
        search_ids=tuple(mail.search_ids),
        subject=mail.subject,
        body_text=mail.body_text,
        body_html=mail.body_html,
    )


def _outgoing(mail: ClaimedMail, recipient: Recipient) -> OutgoingMail:
    return OutgoingMail(
        message_id=mail.message_id,
        sender_name=mail.sender_name,
        sender_address=mail.sender_address,
        recipient_name=recipient.name,
        recipient_address=recipient.address,
        subject=mail.subject,
        body_text=mail.body_text,
        body_html=mail.body_html,
    )
