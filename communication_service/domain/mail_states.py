"""The life of a mail. It goes out at most once: where the outcome is unknown, a person decides."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType


class MailState(StrEnum):
    DRAFT = "DRAFT"
    QUEUED = "QUEUED"
    SENDING = "SENDING"
    HANDED_OVER = "HANDED_OVER"
    SENT = "SENT"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class MailEvent(StrEnum):
    RELEASED = "released"
    CLAIMED = "claimed"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    REFUSED_FOR_NOW = "refused_for_now"
    REFUSED_FOR_GOOD = "refused_for_good"
    REPLY_LOST = "reply_lost"
    LEASE_EXPIRED = "lease_expired"
    CALLED_BACK = "called_back"
    BOUNCED = "bounced"


# Handed over = the text is with the mail server and its end is about to be sent. From there an
# explicit refusal is still an answer (grey-listing refuses there), silence is not.
TRANSITIONS: Mapping[tuple[MailState, MailEvent], MailState] = MappingProxyType(
    {
        (MailState.DRAFT, MailEvent.RELEASED): MailState.QUEUED,
        (MailState.QUEUED, MailEvent.CLAIMED): MailState.SENDING,
        (MailState.QUEUED, MailEvent.CALLED_BACK): MailState.DRAFT,
        (MailState.SENDING, MailEvent.HANDED_OVER): MailState.HANDED_OVER,
        (MailState.SENDING, MailEvent.REFUSED_FOR_NOW): MailState.QUEUED,
        (MailState.SENDING, MailEvent.REFUSED_FOR_GOOD): MailState.FAILED,
        (MailState.SENDING, MailEvent.LEASE_EXPIRED): MailState.QUEUED,
        (MailState.HANDED_OVER, MailEvent.ACCEPTED): MailState.SENT,
        (MailState.HANDED_OVER, MailEvent.REFUSED_FOR_NOW): MailState.QUEUED,
        (MailState.HANDED_OVER, MailEvent.REFUSED_FOR_GOOD): MailState.FAILED,
        (MailState.HANDED_OVER, MailEvent.REPLY_LOST): MailState.UNKNOWN,
        (MailState.HANDED_OVER, MailEvent.LEASE_EXPIRED): MailState.UNKNOWN,
        # A report came back: nobody got the mail, whatever was believed of it.
        (MailState.HANDED_OVER, MailEvent.BOUNCED): MailState.FAILED,
        (MailState.SENT, MailEvent.BOUNCED): MailState.FAILED,
        (MailState.UNKNOWN, MailEvent.BOUNCED): MailState.FAILED,
        # The inquiry went back to its draft and a person sends it again.
        (MailState.FAILED, MailEvent.RELEASED): MailState.QUEUED,
    }
)

# What an old client may make of a mail: let it go, or take it back while nobody sends it.
CLIENT_MOVES: Mapping[MailState, tuple[MailState, ...]] = MappingProxyType(
    {
        MailState.DRAFT: (MailState.QUEUED,),
        MailState.QUEUED: (MailState.DRAFT,),
        MailState.FAILED: (MailState.QUEUED,),
    }
)

# Longer than any SMTP dialogue may take, so that a living sender is never overtaken.
LEASE = timedelta(minutes=5)

# Waits after the first, second, … refusal; grey-listing wants minutes, an outage hours.
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)
MAX_ATTEMPTS = len(BACK_OFF) + 1


# When our own services do not answer, the mail is not to blame: its attempt does not count.
OUTAGE_PAUSE = timedelta(seconds=30)

NEVER_STARTED = (MailState.DRAFT, MailState.QUEUED)
# Of these nothing has gone out, and nobody is sending them.
AT_REST = (*NEVER_STARTED, MailState.FAILED)
MAY_HAVE_GONE_OUT = (MailState.HANDED_OVER, MailState.SENT, MailState.UNKNOWN)


class IllegalMailTransitionError(Exception):
    def __init__(self, state: MailState, event: MailEvent) -> None:
        super().__init__(f"{event} cannot happen to a mail in state {state}")
        self.state = state
        self.event = event


def next_state(state: MailState, event: MailEvent) -> MailState:
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalMailTransitionError(state, event) from None


def state_after_recovery(state: MailState, lease_until: datetime, now: datetime) -> MailState:
    """For claimed mails (SENDING, HANDED_OVER) whose sender may have died."""
    if now < lease_until:
        return state
    return next_state(state, MailEvent.LEASE_EXPIRED)


def next_attempt_at(attempts: int, now: datetime) -> datetime | None:
    """After a temporary refusal of attempt number `attempts` (≥ 1); None: give up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return now + BACK_OFF[attempts - 1]
