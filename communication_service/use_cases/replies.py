"""Staff read replies and say what was answered; a machine has only proposed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from communication_service.gateways.matching import Matching
from communication_service.gateways.sealing import Sealer
from communication_service.storage import replies
from communication_service.storage.replies import CONFIRMED, DISMISSED, OPEN, Reply
from communication_service.use_cases.reply_news import tell_received, tell_settled

SYSTEM = "system"
FORGOTTEN = "forgotten"
_AT_ONCE = 500


class ReplyNotFound(Exception):
    def __init__(self, reply_id: int) -> None:
        super().__init__(reply_id)


class ReplyNotPossible(Exception):
    """Not with this reply, as it stands."""

    def __init__(self, state: str, wanted: str) -> None:
        super().__init__(f"{wanted} while {state}")
        self.current = state
        self.wanted = wanted
        self.legal = _LEGAL[state]


class InquiryNotSaid(Exception):
    """Nobody can be sure which inquiry this reply is about: whoever confirms it has to say."""


_LEGAL = {OPEN: ("confirm", "dismiss"), DISMISSED: ("reopen",), CONFIRMED: (), replies.FILED: ()}


@dataclass(frozen=True)
class ReadReply:
    """`words` are sender, subject and text; None once they are forgotten, or without the key."""

    reply: Reply
    words: Mapping[str, str] | None


@dataclass(frozen=True)
class Confirmation:
    """`responses` in matching's words; `bundle_id` where staff know better than the machine."""

    responses: tuple[dict[str, Any], ...]
    bundle_id: int | None = None

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """Without notes, which may speak of somebody's health: those are matching's to keep."""
        by_search = sorted(self.responses, key=lambda one: int(one["search_id"]))
        return [{name: one[name] for name in ("search_id", "outcome")} for one in by_search]


def read_reply(session: Session, reply_id: int, sealer: Sealer | None) -> ReadReply:
    """All reading of words passes here. Raises ReplyNotFound."""
    reply = replies.reply(session, reply_id)
    if reply is None:
        raise ReplyNotFound(reply_id)
    return ReadReply(reply, _words(reply, sealer))


def confirmable_reply(session: Session, reply_id: int, wanted: Confirmation) -> tuple[Reply, int]:
    """With the inquiry that it answers. Raises ReplyNotFound, ReplyNotPossible, InquiryNotSaid."""
    reply = replies.reply(session, reply_id)
    if reply is None:
        raise ReplyNotFound(reply_id)
    return reply, _confirmable(reply, wanted)


def answer_inquiry(
    reply: Reply, bundle_id: int, wanted: Confirmation, matching: Matching, actor: str
) -> None:
    """Before our own note: whoever dies in between confirms again, and matching knows it already.

    Raises AnswerRefused, ServiceUnavailable, ServiceRefused.
    """
    answer = {
        "responses": list(wanted.responses),
        "channel": "email",
        "responded_at": reply.received_at.isoformat().replace("+00:00", "Z"),
    }
    matching.record_answer(bundle_id, answer, acting_for=actor)


def confirm_reply(
    session: Session, reply_id: int, wanted: Confirmation, *, actor: str, now: datetime
) -> Reply:
    """The same again changes nothing. Raises ReplyNotFound, ReplyNotPossible, InquiryNotSaid."""
    reply = _locked(session, reply_id)
    bundle_id = _confirmable(reply, wanted)
    if reply.state == CONFIRMED:
        return reply
    if bundle_id != reply.bundle_id:
        reply.email_id = reply.therapist_id = None  # they belonged to the guess
    reply.bundle_id, reply.confirmed = bundle_id, wanted.outcomes
    _decide(session, reply, CONFIRMED, actor, now)
    return reply


def dismiss_reply(
    session: Session, reply_id: int, reason: str, *, actor: str, now: datetime
) -> Reply:
    """It answers nothing. Raises ReplyNotFound, ReplyNotPossible."""
    reply = _locked(session, reply_id)
    if reply.state != OPEN:
        raise ReplyNotPossible(reply.state, "dismiss")
    reply.dismiss_reason = reason
    _decide(session, reply, DISMISSED, actor, now)
    return reply


def reopen_reply(session: Session, reply_id: int, now: datetime) -> Reply:
    """It was dismissed by mistake. Raises ReplyNotFound, ReplyNotPossible."""
    reply = _locked(session, reply_id)
    if reply.state != DISMISSED:
        raise ReplyNotPossible(reply.state, "reopen")
    reply.state, reply.dismiss_reason = OPEN, None
    reply.decided_at = reply.decided_by = None
    reply.version += 1
    session.flush()
    tell_received(session, reply, now)
    return reply


def forget_words(session: Session, kept_for: timedelta, now: datetime) -> int:
    """What is too old loses its words, and waits for nobody any more; returns how many."""
    old = replies.locked_old_replies(session, now - kept_for, _AT_ONCE)
    for reply in old:
        reply.sealed, reply.forgotten_at = None, now
        if reply.state == OPEN:
            reply.dismiss_reason = FORGOTTEN
            _decide(session, reply, DISMISSED, SYSTEM, now)
    return len(old)


def _confirmable(reply: Reply, wanted: Confirmation) -> int:
    if reply.state == CONFIRMED:
        same_inquiry = wanted.bundle_id in (None, reply.bundle_id)
        if reply.confirmed != wanted.outcomes or not same_inquiry:
            raise ReplyNotPossible(reply.state, "confirm")
    elif reply.state != OPEN:
        raise ReplyNotPossible(reply.state, "confirm")
    known = reply.bundle_id if reply.unmatched is None or reply.state == CONFIRMED else None
    bundle_id = wanted.bundle_id or known
    if bundle_id is None:
        raise InquiryNotSaid
    return bundle_id


def _decide(session: Session, reply: Reply, state: str, actor: str, now: datetime) -> None:
    reply.state, reply.decided_at, reply.decided_by = state, now, actor
    reply.version += 1
    session.flush()
    tell_settled(session, reply, now)


def _locked(session: Session, reply_id: int) -> Reply:
    reply = replies.locked_reply(session, reply_id)
    if reply is None:
        raise ReplyNotFound(reply_id)
    return reply


def _words(reply: Reply, sealer: Sealer | None) -> Mapping[str, str] | None:
    if reply.sealed is None or sealer is None:
        return None
    try:
        return sealer.open(reply.sealed, reply.fingerprint)
    except LookupError:
        return None
