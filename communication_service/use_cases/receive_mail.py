"""A mail that came in is filed, once: as a reply for somebody to read, or as what a machine sent.

What it says is proposed and never acted upon; only a report that our own mail came back is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from communication_service.domain.bounces import DeliveryReport, verdict
from communication_service.domain.letters import letters_by_search
from communication_service.domain.reply_matching import (
    KnownMail,
    Match,
    Unmatched,
    match,
    references_in,
)
from communication_service.domain.reply_proposal import propose
from communication_service.domain.reply_text import own_words
from communication_service.gateways.imap import FetchedMail
from communication_service.gateways.incoming_mail import (
    IncomingMail,
    UnreadableMail,
    fingerprint,
    read_incoming,
)
from communication_service.gateways.message import comparable_address
from communication_service.gateways.sealing import Sealer
from communication_service.storage import replies
from communication_service.storage.queries import mailed_searches
from communication_service.storage.replies import (
    AUTO_REPLY,
    FILED,
    OPEN,
    REPLY,
    REPORT,
    UNREADABLE,
    Reply,
)
from communication_service.storage.tables import Email
from communication_service.use_cases.bounces import note_bounce, reported_mail
from communication_service.use_cases.reply_news import tell_received

_NO_MATCH = Match(Unmatched.NO_REFERENCE)


@dataclass(frozen=True)
class Arrival:
    """When a mail came, and the mark by which it is known when it comes again."""

    received_at: datetime
    mark: str


def receive_mail(session: Session, mail: FetchedMail, sealer: Sealer, now: datetime) -> bool:
    """False: it was read before. No mail that a stranger can write raises anything here."""
    arrival = Arrival(min(mail.arrived_at or now, now), fingerprint(mail.raw))
    try:
        incoming = read_incoming(mail.raw)
    except UnreadableMail:
        return file_unreadable(session, arrival, now)
    if incoming.reports:
        return _file_report(session, arrival, incoming.reports, now)
    return _file_words(session, arrival, incoming, sealer, now)


def file_unreadable(session: Session, arrival: Arrival, now: datetime) -> bool:
    """A person has to look into the mailbox."""
    return _file(session, arrival, UNREADABLE, OPEN, _NO_MATCH, now) is not None


def _file_words(
    session: Session, arrival: Arrival, incoming: IncomingMail, sealer: Sealer, now: datetime
) -> bool:
    found = _match(session, incoming)
    kind, state = (AUTO_REPLY, FILED) if incoming.is_automatic else (REPLY, OPEN)
    words = {"sender": incoming.sender, "subject": incoming.subject, "text": incoming.text}
    proposal: Sequence[Mapping[str, Any]] = ()
    if kind == REPLY and found.bundle_id is not None:
        proposal = _proposal(session, found.bundle_id, incoming.text)
    sealed = sealer.seal(words, arrival.mark)
    values = {"sealed": sealed, "proposal": proposal}
    return _file(session, arrival, kind, state, found, now, **values) is not None


def _match(session: Session, incoming: IncomingMail) -> Match:
    named = references_in(incoming.subject)
    quoted = replies.mails_by_message_id(session, incoming.references)
    return match(
        [_known(mail) for mail in quoted],
        named,
        [_known(mail) for mail in replies.mails_to_practices(session, named)],
        comparable_address(incoming.sender),
    )


def _known(mail: Email) -> KnownMail:
    recipient = comparable_address(mail.recipient_email or "")
    return KnownMail(mail.id, mail.bundle_id, mail.therapist_id, recipient)


def _proposal(session: Session, bundle_id: int, text: str) -> list[dict[str, Any]]:
    letters = letters_by_search(mailed_searches(session, bundle_id))
    searches = {letter: search_id for search_id, letter in letters.items()}
    return [
        {
            "letter": one.letter,
            "search_id": searches[one.letter],
            "outcome": one.outcome,
            "reason": one.unread,
        }
        for one in propose(own_words(text), list(searches))
    ]


def _file_report(
    session: Session, arrival: Arrival, reports: Sequence[DeliveryReport], now: datetime
) -> bool:
    """Ours go to one recipient each: of a report about several it is at most one that we mean."""
    for report in reports:
        mail = reported_mail(session, report)
        if mail is not None:
            found = Match(None, mail.id, mail.bundle_id, mail.therapist_id)
            meant = verdict(report)
            new = _file(session, arrival, REPORT, FILED, found, now, verdict=meant)
            if new is not None:
                note_bounce(session, mail, report, meant, now)
            return new is not None
    return _file(session, arrival, REPORT, FILED, _NO_MATCH, now) is not None


def _file(
    session: Session,
    arrival: Arrival,
    kind: str,
    state: str,
    found: Match,
    now: datetime,
    **values: Any,
) -> Reply | None:
    """None: it was read before."""
    filed = replies.add_reply(
        session,
        fingerprint=arrival.mark,
        kind=kind,
        state=state,
        received_at=arrival.received_at,
        read_at=now,
        email_id=found.email_id,
        bundle_id=found.bundle_id,
        therapist_id=found.therapist_id,
        unmatched=found.unmatched,
        **{"proposal": [], **values},
    )
    if filed is not None and state == OPEN:
        tell_received(session, filed, now)
    return filed
