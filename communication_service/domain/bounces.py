"""What a refusal or a report of non-delivery says about an address (RFC 3463, RFC 3464)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# The recipient's mailbox or domain does not exist, has moved, is misspelled or switched off.
# 5.1.7 and 5.1.8 are about the sender's address; 5.2.2 (full) and 5.7.x (policy) pass by.
_BAD_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")

# A Date is written before the dialogue, the hand-over noted at its end.
_LONGEST_DIALOGUE = timedelta(minutes=10)


class Verdict(StrEnum):
    BAD_ADDRESS = "bad_address"
    NOT_DELIVERED = "not_delivered"
    DELAYED = "delayed"


@dataclass(frozen=True)
class DeliveryReport:
    """About one recipient, spelled comparably. Empty texts and None: the report does not say."""

    action: str
    status: str | None
    recipient: str
    message_id: str
    written_at: datetime | None
    diagnostic: str


@dataclass(frozen=True)
class Dispatch:
    """Which mail went where, and when; the recipient spelled comparably."""

    message_id: str
    recipient: str
    handed_over_at: datetime


def enhanced_status(text: str) -> str | None:
    """The first code of RFC 3463 in a server's words."""
    found = _STATUS.search(text)
    return None if found is None else found[1]


def means_bad_address(status: str | None) -> bool:
    """A bare 550 does not say whether the address or the sender displeased: it proves nothing."""
    return status in _BAD_ADDRESS


def verdict(report: DeliveryReport) -> Verdict:
    """Only `failed` means that the mail will not arrive any more; everything else may still."""
    if report.action != "failed":
        return Verdict.DELAYED
    bad = means_bad_address(report.status)
    return Verdict.BAD_ADDRESS if bad else Verdict.NOT_DELIVERED


def is_about(report: DeliveryReport, dispatch: Dispatch) -> bool:
    """Whether the report is about this very dispatch: all attempts bear the same Message-ID.

    A report about an earlier attempt names another recipient, or quotes an earlier Date.
    """
    same_mail = report.message_id == dispatch.message_id
    same_recipient = report.recipient == dispatch.recipient
    earlier = dispatch.handed_over_at - _LONGEST_DIALOGUE
    is_recent = report.written_at is None or report.written_at >= earlier
    return same_mail and same_recipient and is_recent
