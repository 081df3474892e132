"""Which inquiry a reply is about, by what it quotes and by whom it comes from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_REFERENCE = re.compile(r"\[PV-([1-9][0-9]{0,8})\]")


class Unmatched(StrEnum):
    """Why nobody can be sure what a reply is about; a person has to say."""

    NO_REFERENCE = "no_reference"
    CONTRADICTION = "contradiction"
    UNKNOWN_INQUIRY = "unknown_inquiry"
    UNKNOWN_SENDER = "unknown_sender"
    NO_INQUIRY = "no_inquiry"


@dataclass(frozen=True)
class KnownMail:
    """One of ours that went out to `recipient`; without `bundle_id` it was about no inquiry."""

    email_id: int
    bundle_id: int | None
    therapist_id: int | None
    recipient: str


@dataclass(frozen=True)
class Match:
    """Where `unmatched` is set, the rest is what it may be about at best."""

    unmatched: Unmatched | None = None
    email_id: int | None = None
    bundle_id: int | None = None
    therapist_id: int | None = None


def references_in(subject: str) -> frozenset[int]:
    return frozenset(map(int, _REFERENCE.findall(subject)))


def match(
    quoted: Sequence[KnownMail],
    named: frozenset[int],
    mails_of_named: Sequence[KnownMail],
    sender: str,
) -> Match:
    """`quoted`: our mails that the reply answers by Message-ID; `named`: inquiries by subject.
    Addresses are spelled comparably."""
    inquiries = named | {one.bundle_id for one in quoted if one.bundle_id is not None}
    if len(inquiries) > 1:
        return Match(Unmatched.CONTRADICTION)
    if not inquiries:
        why = Unmatched.NO_INQUIRY if quoted else Unmatched.NO_REFERENCE
        return Match(why, email_id=quoted[0].email_id if quoted else None)
    ours = [one for one in (*quoted, *mails_of_named) if one.bundle_id in inquiries]
    if not ours:
        return Match(Unmatched.UNKNOWN_INQUIRY)
    known = next((one for one in ours if one.recipient == sender), None)
    best = known or ours[0]
    why_not = None if known else Unmatched.UNKNOWN_SENDER
    return Match(why_not, best.email_id, best.bundle_id, best.therapist_id)
