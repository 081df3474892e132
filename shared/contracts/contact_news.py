"""What an event says of a contact: the one reading of it that all logs of contacts share.

No text, no name: whoever wants to know more follows `ref` to where it is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

CONTACT_EVENTS = (
    "communication.email_sent",
    "communication.email_unknown",
    "communication.call_scheduled",
    "communication.call_completed",
    "bundle.responded",
)


class ContactKind(StrEnum):
    NOTED = "noted"
    EMAIL_SENT = "email_sent"
    EMAIL_UNKNOWN = "email_unknown"
    CALL_SCHEDULED = "call_scheduled"
    CALL_COMPLETED = "call_completed"
    CALL_NOT_REACHED = "call_not_reached"
    ANSWERED = "answered"
    ANSWER_CORRECTED = "answer_corrected"


HAPPENED = frozenset(
    {
        ContactKind.NOTED,
        ContactKind.EMAIL_SENT,
        ContactKind.CALL_COMPLETED,
        ContactKind.ANSWERED,
    }
)
"""Both sides know of these; the others were tried, planned, or are our own book-keeping."""


@dataclass(frozen=True)
class ContactNews:
    """`therapist_id` or `patient_id` is whom the contact was with, `about` which patients it
    concerned. `detail` is a slug: a purpose, an outcome, a reason. `actor` None: nobody but us."""

    kind: ContactKind
    at: datetime
    channel: str
    direction: str
    ref: str
    detail: str | None
    actor: str | None
    therapist_id: int | None
    patient_id: int | None
    about: tuple[int, ...]


def contact_news(event_type: str, data: Mapping[str, Any], told_at: datetime) -> ContactNews | None:
    """None: the event tells of no contact. `event_type` is one of CONTACT_EVENTS."""
    match event_type.partition(".")[2]:
        case "email_sent":
            return _mail(ContactKind.EMAIL_SENT, data)
        case "email_unknown":
            return _mail(ContactKind.EMAIL_UNKNOWN, data)
        case "call_scheduled":
            return _call(ContactKind.CALL_SCHEDULED, data, data.get("reason"))
        case "call_completed":
            missed = data["outcome"] == "not_reached"
            kind = ContactKind.CALL_NOT_REACHED if missed else ContactKind.CALL_COMPLETED
            return _call(kind, data, data["outcome"])
    return _answer(data, told_at) if data.get("response_channel") else None


def _mail(kind: ContactKind, data: Mapping[str, Any]) -> ContactNews:
    return ContactNews(
        kind,
        at=datetime.fromisoformat(data["at"]),
        channel="email",
        direction="outgoing",
        ref=f"email:{data['email_id']}",
        detail=data["purpose"],
        actor=data.get("actor"),
        therapist_id=data.get("therapist_id"),
        patient_id=data.get("patient_id"),
        about=_about(data),
    )


def _call(kind: ContactKind, data: Mapping[str, Any], detail: str | None) -> ContactNews:
    return ContactNews(
        kind,
        at=datetime.fromisoformat(data["at"]),
        channel="phone",
        direction="outgoing",
        ref=f"phone_call:{data['call_id']}",
        detail=detail,
        actor=data.get("actor"),
        therapist_id=data["therapist_id"],
        patient_id=None,
        about=_about(data),
    )


def _answer(data: Mapping[str, Any], told_at: datetime) -> ContactNews:
    """Told again without a channel, when a conflict was settled, it is no contact."""
    corrected = bool(data.get("corrected"))
    return ContactNews(
        ContactKind.ANSWER_CORRECTED if corrected else ContactKind.ANSWERED,
        at=told_at if corrected else datetime.fromisoformat(data["responded_at"]),
        channel=data["response_channel"],
        direction="incoming",
        ref=f"bundle:{data['bundle_id']}",
        detail=data.get("response_type"),
        actor=data.get("responded_by"),
        therapist_id=data["therapist_id"],
        patient_id=None,
        about=_about(data),
    )


def _about(data: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(data.get("patient_ids") or ())
