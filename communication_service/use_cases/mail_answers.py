"""A practice has answered a mail that somebody wrote: whatever it says, it gets its peace."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from communication_service.domain.mail_states import MAY_HAVE_GONE_OUT
from communication_service.storage.tables import Email
from communication_service.use_cases.mail_errors import MailNotPossible, WrongMailFields
from communication_service.use_cases.publisher import SERVICE
from shared.events.outbox import publish

_CLOCKS_DIFFER_BY = timedelta(days=1)


def record_answer(session: Session, mail: Email, told: Mapping[str, Any], now: datetime) -> None:
    """`told` are the fields of the answer that a client sets. An answer is not taken back.

    The caller holds the mail's lock. Raises MailNotPossible, WrongMailFields.
    """
    received = told.get("response_received", mail.response_received)
    if mail.response_received and not received:
        raise MailNotPossible(mail.id, "answered")
    if not received:
        if told.get("response_date") or told.get("response_content"):
            raise WrongMailFields({"response_received": "required"})
        return
    answered_at = told.get("response_date") or mail.response_date or now
    _check(mail, answered_at, now)
    mail.response_date = answered_at
    mail.response_content = told.get("response_content", mail.response_content)
    note_answer(session, mail, answered_at, now)


def note_answer(session: Session, mail: Email, answered_at: datetime, now: datetime) -> None:
    """Told once: matching begins the cooling, and takes back what was permitted."""
    if mail.response_received:
        return
    mail.response_received, mail.response_date = True, answered_at
    mail.updated_at = now
    mail.version += 1
    session.flush()
    data = {
        "email_id": mail.id,
        "version": mail.version,
        "bundle_id": mail.bundle_id,
        "therapist_id": mail.therapist_id,
        "purpose": mail.purpose,
        "at": _written(now),
        "answered_at": _written(answered_at),
    }
    publish(session, SERVICE, "communication.email_answered", mail.id, data, now)


def _check(mail: Email, answered_at: datetime, now: datetime) -> None:
    if mail.state not in MAY_HAVE_GONE_OUT or mail.handed_over_at is None:
        raise WrongMailFields({"response_received": "not_sent"})
    if answered_at > now:
        raise WrongMailFields({"response_date": "in_the_future"})
    if answered_at < mail.handed_over_at - _CLOCKS_DIFFER_BY:
        raise WrongMailFields({"response_date": "before_the_mail"})


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
