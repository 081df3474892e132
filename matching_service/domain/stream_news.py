"""What pages are told of an event: of what kind it is, whom it is about, how that stands now.

Ids and states, by name: a field that an event learns later is not passed on by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

KEPT_FOR = timedelta(hours=24)

_SUBJECTS = {
    "patient": ("patient", "patient_id"),
    "therapist": ("therapist", "therapist_id"),
    "search": ("search", "search_id"),
    "bundle": ("bundle", "bundle_id"),
    "cooling": ("cooling", "version"),  # the number of the block in the register
    "conflict": ("conflict", "conflict_id"),
    "communication.email": ("email", "email_id"),
    "communication.mailbox": ("therapist", "therapist_id"),
    "communication.reply": ("reply", "reply_id"),
    "communication.call": ("phone_call", "call_id"),
}
_IDS = (
    *("patient_id", "therapist_id", "search_id", "bundle_id", "email_id", "call_id"),
    "reply_id",
    "conflict_id",
    *("winner_bundle_id", "loser_bundle_id", "merged_into", "therapist_ids", "search_ids"),
)
_STATES = ("status", "state")


@dataclass(frozen=True)
class News:
    """`ids` hold everything that the event names, its subject as well."""

    type: str
    kind: str
    subject_id: int
    ids: dict[str, Any]
    status: str | None


def news_of(event_type: str, data: Mapping[str, Any]) -> News:
    kind, subject = next(
        subject for family, subject in _SUBJECTS.items() if event_type.startswith(family)
    )
    return News(
        type=event_type,
        kind=kind,
        subject_id=data[subject],
        ids={name: data[name] for name in _IDS if data.get(name) is not None},
        status=next((data[name] for name in _STATES if name in data), None),
    )


def goes_on(position: int, head: int, following: int | None) -> bool:
    """Whether nothing is missing between `position` and what follows it, `None` for nothing.

    Numbers have no gaps, so what was forgotten meanwhile is a gap. A position beyond the head is
    from a time that a restored database does not know.
    """
    return position == head if following is None else following == position + 1
