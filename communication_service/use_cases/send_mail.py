"""A due mail on its way out: claimed, addressed, permitted, handed over, its end recorded.

Each step is one short transaction of the caller's; what is asked of others lies between them.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from communication_service.domain.bounces import Verdict, enhanced_status, means_bad_address
from communication_service.domain.mail_states import LEASE, MailEvent, MailState, next_state
from communication_service.domain.purposes import RELEASED_BY_STAFF, UNSOLICITED, Purpose
from communication_service.domain.sending_pace import Slowed, is_throttled
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
from communication_service.use_cases.answer_links import AnswerLinks, MailedInquiry

BAD_ADDRESS = Verdict.BAD_ADDRESS.value


@dataclass(frozen=True)
class ClaimedMail:
    """A mail in the hands of one attempt; `claim` tells this attempt from every other."""

    id: int
    claim: UUID
    therapist_id: int | None
    patient_id: int | None
    bundle_id: int | None
    purpose: Purpose
    released_by: str | None
    queued_at: datetime | None
    message_id: str
    sender_name: str
    sender_address: str
    search_ids: tuple[int, ...]
    subject: str
    body_text: str
    body_html: str


@dataclass(frozen=True)
class PermittedMail:
    """Addressed, and allowed just now. Only contacts with practices have permit and mailbox."""

    outgoing: OutgoingMail
    permit_id: int | None
    mailbox_key: str | None


@dataclass(frozen=True)
class Ending:
    """How an attempt ended. `reason` is a slug that others may read, `evidence` is for staff;
    `bad_mailbox` is one at which nothing arrives, as the mail server has just said.

    One that does not count is made again at `again_at`, or soon. `slowed`: who wants a pause.
    """

    event: MailEvent
    reason: str | None = None
    evidence: str | None = None
    counts: bool = True
    bad_mailbox: str | None = None
    again_at: datetime | None = None
    slowed: Slowed | None = None


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


def find_recipient(mail: ClaimedMail, people: People, staff: Recipient) -> Recipient | Ending:
    """Whose address can be written to. Raises ServiceUnavailable or ServiceRefused."""
    recipient = _whereto(mail, people, staff)
    if recipient is None:
        gone = "patient_gone" if mail.patient_id is not None else "therapist_gone"
        return Ending(MailEvent.REFUSED_FOR_GOOD, gone)
    if not recipient.address:
        return Ending(MailEvent.REFUSED_FOR_GOOD, "no_email")
    try:
        ascii_address(recipient.address)
    except UnusableAddressError:
        return Ending(MailEvent.REFUSED_FOR_GOOD, "unusable_address")
    return recipient


def obtain_permit(
    mail: ClaimedMail, recipient: Recipient, matching: Matching, links: AnswerLinks, now: datetime
) -> PermittedMail | Ending:
    """Asks for matching's word, last of all before the dialogue.

    Raises ServiceUnavailable or ServiceRefused.
    """
    try:
        permit_id = _permit(mail, matching)
    except PermitRefused as refusal:
        return _not_permitted(mail, refusal)
    outgoing = _outgoing(mail, recipient, _unsubscribe_link(mail, recipient, links, now))
    return PermittedMail(outgoing, permit_id, recipient.mailbox_key)


def _permit(mail: ClaimedMail, matching: Matching) -> int | None:
    """Matching must permit what nobody has asked for; of an answer to a practice it keeps record.

    Raises PermitRefused, ServiceUnavailable or ServiceRefused.
    """
    if mail.therapist_id is None:
        return None
    permit_id = matching.request_permit(
        mail.therapist_id,
        mail.purpose,
        mail.bundle_id,
        acting_for=mail.released_by,
        key=_permit_key(mail),
    )
    if mail.purpose in UNSOLICITED:
        matching.claim_permit(permit_id)
    return permit_id


def _permit_key(mail: ClaimedMail) -> str | None:
    """The attempts of one release share a permit: by their inquiry, else by this key.

    Without it a mail that the server postponed would run into the quiet that itself has begun.
    """
    if mail.bundle_id is not None or mail.queued_at is None:
        return None
    return f"email {mail.id} {mail.purpose} {mail.queued_at.isoformat()}"


def _not_permitted(mail: ClaimedMail, refusal: PermitRefused) -> Ending:
    """A reminder that meets a younger mail waits; its inquiry's answer or first call ends it."""
    quiet_until = refusal.quiet_until
    if mail.purpose is not Purpose.REMINDER or quiet_until is None:
        return Ending(MailEvent.REFUSED_FOR_GOOD, refusal.reason, refusal.evidence)
    return Ending(MailEvent.REFUSED_FOR_NOW, refusal.reason, counts=False, again_at=quiet_until)


def note_hand_over(
    session: Session, mail: ClaimedMail, permitted: PermittedMail, now: datetime
) -> None:
    """From here on silence means: unknown. Raises ClaimLost."""
    row = queries.locked_claim(session, mail.id, mail.claim)
    if row is None:
        raise ClaimLost
    row.state = next_state(MailState(row.state), MailEvent.HANDED_OVER)
    row.handed_over_at, row.permit_id = now, permitted.permit_id
    row.mailbox_key, row.bounced_at = permitted.mailbox_key, None
    row.recipient_name = permitted.outgoing.recipient_name
    row.recipient_email = permitted.outgoing.recipient_address
    row.updated_at = now
    row.version += 1


def ending_of(outcome: smtp.Outcome, mailbox_key: str | None) -> Ending:
    """What the mail server's behaviour means for the mail, and for where it should have gone."""
    match outcome:
        case smtp.Accepted(reply):
            return Ending(MailEvent.ACCEPTED, evidence=reply)
        case smtp.Rejected(_, text, permanent=True) if means_bad_address(enhanced_status(text)):
            return Ending(MailEvent.REFUSED_FOR_GOOD, BAD_ADDRESS, text, bad_mailbox=mailbox_key)
        case smtp.Rejected(_, text, permanent=True):
            return Ending(MailEvent.REFUSED_FOR_GOOD, "refused_by_mail_server", text)
        case smtp.Rejected(code, text):
            slowed = Slowed.PROVIDER if is_throttled(code, text) else None
            reason = "postponed_by_mail_server"
            return Ending(MailEvent.REFUSED_FOR_NOW, reason, text, slowed=slowed)
        case smtp.Unknown(evidence):
            return Ending(MailEvent.REPLY_LOST, "reply_lost", evidence)
        case smtp.Unreachable(reason):
            slowed = Slowed.RELAY if reason.startswith(_TOO_BUSY) else None
            slug = "mail_server_unreachable"
            return Ending(MailEvent.REFUSED_FOR_NOW, slug, reason, slowed=slowed)


_TOO_BUSY = "421 "
NOBODY_LEFT = Ending(MailEvent.REFUSED_FOR_GOOD, "nobody_left")
KNOWN_BAD_ADDRESS = Ending(MailEvent.REFUSED_FOR_GOOD, BAD_ADDRESS)
OUTAGE = Ending(MailEvent.REFUSED_FOR_NOW, "service_unavailable", counts=False)


def _whereto(mail: ClaimedMail, people: People, staff: Recipient) -> Recipient | None:
    """None: that person exists no more."""
    if mail.therapist_id is not None:
        document = people.therapist(mail.therapist_id)
    elif mail.patient_id is not None:
        document = people.patient(mail.patient_id)
    else:
        return staff
    return None if document is None else read_recipient(document)


def claimed_mail(mail: Email, claim: UUID) -> ClaimedMail:
    return ClaimedMail(
        id=mail.id,
        claim=claim,
        therapist_id=mail.therapist_id,
        patient_id=mail.patient_id,
        bundle_id=mail.bundle_id,
        purpose=Purpose(mail.purpose),
        released_by=mail.released_by,
        queued_at=mail.queued_at,
        message_id=mail.message_id,
        sender_name=mail.sender_name,
        sender_address=mail.sender_email,
        search_ids=tuple(mail.search_ids),
        subject=mail.subject,
        body_text=mail.body_text,
        body_html=mail.body_html,
    )


def _unsubscribe_link(
    mail: ClaimedMail, recipient: Recipient, links: AnswerLinks, now: datetime
) -> str | None:
    """What nobody has asked for says how to be left in peace, by one click of the mail program."""
    bundle_id, therapist_id, key = mail.bundle_id, mail.therapist_id, recipient.mailbox_key
    if mail.purpose not in UNSOLICITED or bundle_id is None or therapist_id is None or key is None:
        return None
    return links.opt_out_link(MailedInquiry(bundle_id, therapist_id, key), now)


def _outgoing(
    mail: ClaimedMail, recipient: Recipient, unsubscribe_link: str | None
) -> OutgoingMail:
    return OutgoingMail(
        message_id=mail.message_id,
        sender_name=mail.sender_name,
        sender_address=mail.sender_address,
        recipient_name=recipient.name,
        recipient_address=recipient.address,
        subject=mail.subject,
        body_text=mail.body_text,
        body_html=mail.body_html,
        unsubscribe_link=unsubscribe_link,
        is_automatic=mail.purpose not in RELEASED_BY_STAFF,
    )
