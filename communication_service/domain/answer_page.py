"""Whether a practice may still answer by its link, and what stands there for whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_uppercase


class Standing(StrEnum):
    """Of an inquiry, for somebody who holds its link."""

    OPEN = "open"
    ANSWERED = "answered"
    NOT_SENT = "not_sent"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    MOVED = "moved"
    OPTED_OUT = "opted_out"
    GONE = "gone"


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REJECTED_CAPACITY = "rejected_capacity"
    REJECTED_NOT_SUITABLE = "rejected_not_suitable"
    REJECTED_OTHER = "rejected_other"


class RowStatus(StrEnum):
    """As matching has it."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CONFLICT = "conflict"
    NO_RESPONSE = "no_response"


@dataclass(frozen=True)
class AskedTherapist:
    status: str
    opted_out: bool
    mailbox: str


@dataclass(frozen=True)
class AskedPatient:
    """`distance_km` is None where matching could not tell; `notes` may be the staff's."""

    search_id: int
    patient_id: int
    status: RowStatus
    outcome: Outcome | None
    notes: str | None
    distance_km: float | None


_BY_STATE: Mapping[str, Standing] = {
    "draft": Standing.NOT_SENT,
    "sending": Standing.OPEN,
    "sent": Standing.OPEN,
    "answered": Standing.ANSWERED,
    "closed": Standing.CLOSED,
    "cancelled": Standing.CANCELLED,
}


def standing_of(state: str, therapist: AskedTherapist | None, mailbox: str) -> Standing:
    """`state` is the inquiry's at matching, `mailbox` the mark that the link was made for.

    A practice that nobody may ask any more has a dead link, whatever became of the inquiry.
    """
    if therapist is None:
        return Standing.GONE
    if therapist.opted_out:
        return Standing.OPTED_OUT
    if therapist.status != "aktiv":
        return Standing.GONE
    if therapist.mailbox != mailbox:
        return Standing.MOVED
    return _BY_STATE.get(state, Standing.GONE)


def lettered(mailed: Iterable[int], patients: Iterable[AskedPatient]) -> Mapping[str, AskedPatient]:
    """Everybody under the letter that they have in the mail; whoever waits beside it comes after.

    Who had left before the mail was written is not spoken of.
    """
    by_search = {patient.search_id: patient for patient in patients}
    waiting = [one.search_id for one in by_search.values() if one.status is RowStatus.PENDING]
    order = dict.fromkeys([*mailed, *waiting])
    letters = dict(zip(ascii_uppercase, order, strict=False))
    return {letter: by_search[one] for letter, one in letters.items() if one in by_search}
