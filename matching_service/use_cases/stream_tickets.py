"""Tickets to the event stream: for browsers, whose EventSource cannot send a token.

A ticket stands in a URL, and URLs end up in logs and histories. So it is good once and for half a
minute, and only its hash is kept.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.storage import stream

_BYTES = 32


@dataclass(frozen=True)
class Ticket:
    ticket: str
    expires_at: datetime


@dataclass(frozen=True)
class Holder:
    """Who got the ticket, and when the session ends in which they got it."""

    subject: str
    roles: frozenset[str]
    session_ends_at: datetime


def issue_ticket(
    session: Session, subject: str, roles: Iterable[str], session_ends_at: datetime
) -> Ticket:
    ticket = secrets.token_urlsafe(_BYTES)
    until = stream.keep_ticket(session, _hash(ticket), subject, sorted(roles), session_ends_at)
    return Ticket(ticket, until)


def redeem_ticket(session: Session, ticket: str) -> Holder | None:
    """Nobody for a ticket that is used up, has expired, or that we never gave out."""
    taken = stream.take_ticket(session, _hash(ticket))
    if taken is None:
        return None
    return Holder(taken.subject, frozenset(taken.roles), taken.session_ends_at)


def _hash(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode(errors="surrogatepass")).digest()
