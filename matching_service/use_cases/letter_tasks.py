"""Letters that did not arrive and replies that nobody has read wait for a person.

Neither changes an inquiry: only its own mail does, and only an answer that a person has confirmed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from matching_service.use_cases.search_history import SYSTEM
from matching_service.use_cases.tasks import close_task, open_task

EMAIL, REPLY = "email", "reply"
_LETTER_FAILED, _LETTER_UNKNOWN = "letter_failed", "letter_unknown"
_REPLY_WAITING = "reply_waiting"
_ABOUT = ("bundle_id", "therapist_id", "search_id")
_ADDRESS_IS_BAD, _NOBODY_ASKED_FOR = "bad_address", frozenset({"reminder"})
# There was nothing to tell any more, or nobody to tell it to.
_NO_LOSS = frozenset({"nobody_left", "therapist_gone", "patient_gone"})


def letter_failed(session: Session, told: Mapping[str, Any], now: datetime) -> None:
    """A reminder that must not go is no loss; one that cannot arrive tells of a bad address."""
    close_task(session, _LETTER_UNKNOWN, told["email_id"], SYSTEM, now, about=EMAIL)
    reason = told.get("reason")
    if told["purpose"] in _NOBODY_ASKED_FOR and reason != _ADDRESS_IS_BAD:
        return
    if reason not in _NO_LOSS:
        detail = {**_about(told), "purpose": told["purpose"], "reason": reason or "unknown"}
        open_task(session, _LETTER_FAILED, told["email_id"], now, detail, about=EMAIL)


def letter_unknown(session: Session, told: Mapping[str, Any], now: datetime) -> None:
    """No program sends it again: a person finds out whether it arrived."""
    detail = {**_about(told), "purpose": told["purpose"]}
    open_task(session, _LETTER_UNKNOWN, told["email_id"], now, detail, about=EMAIL)


def letter_arrived(session: Session, email_id: int, now: datetime) -> None:
    """After somebody has sent it again."""
    close_task(session, _LETTER_FAILED, email_id, SYSTEM, now, about=EMAIL)


def reply_waits(session: Session, told: Mapping[str, Any], now: datetime) -> None:
    open_task(session, _REPLY_WAITING, told["reply_id"], now, _about(told), about=REPLY)


def reply_is_settled(session: Session, reply_id: int, now: datetime) -> None:
    close_task(session, _REPLY_WAITING, reply_id, SYSTEM, now, about=REPLY)


def _about(told: Mapping[str, Any]) -> dict[str, object]:
    return {name: told[name] for name in _ABOUT if told.get(name) is not None}
