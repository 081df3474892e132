"""What a link to our pages stands for: one inquiry, one practice, one purpose, some weeks.

How it is signed is another room's business; here it is only said what it claims.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from shared.contracts.berlin import berlin_day

# An opt-out must be possible for as long as somebody may find our mail.
OPT_OUT_DAYS = 3 * 365


class LinkPurpose(StrEnum):
    ANSWER = "answer"
    OPT_OUT = "opt_out"


@dataclass(frozen=True)
class LinkClaim:
    """`mailbox` tells one mailbox from another and says nothing about either."""

    bundle_id: int
    therapist_id: int
    mailbox: str
    good_until: date


def link_claim(
    bundle_id: int, therapist_id: int, mailbox_key: str, days: int, now: datetime
) -> LinkClaim:
    """The same on one day, so that a letter that is written anew keeps its link."""
    good_until = berlin_day(now) + timedelta(days=days)
    return LinkClaim(bundle_id, therapist_id, mailbox_mark(mailbox_key), good_until)


def mailbox_mark(mailbox_key: str) -> str:
    return sha256(mailbox_key.encode()).hexdigest()[:16]


def has_expired(claim: LinkClaim, now: datetime) -> bool:
    """A link is good until the end of its last day in Berlin."""
    return berlin_day(now) > claim.good_until
