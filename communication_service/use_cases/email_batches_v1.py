"""Which placement requests a mail speaks of, and what the practice said to each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from communication_service.domain.mail_states import AT_REST, MAY_HAVE_GONE_OUT
from communication_service.domain.purposes import WRITTEN_BY_OTHERS, Purpose
from communication_service.storage import email_batches
from communication_service.storage.email_batches import EmailBatch
from communication_service.storage.tables import Email
from communication_service.use_cases.mail_answers import note_answer
from communication_service.use_cases.mail_errors import (
    EmailBatchNotFound,
    MailNotPossible,
    WrongMailFields,
)
from communication_service.use_cases.mail_occasions import Occasion, gives_away
from communication_service.use_cases.mails_v1 import locked_mail_to_practice, read_aloud
from communication_service.use_cases.read_mail import read_mail_to_practice
from shared.db import constraint_of

_REQUEST = "placement_request_id"
_REFUSALS = {"uq_email_batches_request": "twice", "ck_emails_requests": "too_many"}
_ANSWERS = ("accepted", "rejected")


def mail_to_join(session: Session, email_id: int) -> Email:
    """Raises MailNotFound, MailNotPossible."""
    mail = read_mail_to_practice(session, email_id)
    _require_at_rest(mail)
    return mail


def add_batch(
    session: Session, email_id: int, body: Mapping[str, Any], occasion: Occasion, now: datetime
) -> EmailBatch:
    """From then on the contact law looks at the mail. Raises MailNotFound, MailNotPossible,
    WrongMailFields."""
    mail = locked_mail_to_practice(session, email_id)
    _require_at_rest(mail)
    names = (mail.recipient_name or "", mail.sender_name)
    if gives_away(occasion, (mail.subject, mail.body_text, *read_aloud(mail.body_html), *names)):
        raise WrongMailFields({_REQUEST: "gives_away"})
    mail.purpose, mail.written_text = Purpose.V1_BATCH, None
    mail.updated_at = now
    mail.version += 1
    patient_id = occasion.patient_of[body[_REQUEST]]
    batch = EmailBatch(
        email_id=email_id, patient_id=patient_id, created_at=now, updated_at=now, **body
    )
    _insert(session, batch)
    return batch


def read_batch(session: Session, batch_id: int) -> EmailBatch:
    """Raises EmailBatchNotFound."""
    batch = email_batches.batch(session, batch_id)
    if batch is None:
        raise EmailBatchNotFound(batch_id)
    return batch


def change_batch(
    session: Session, batch_id: int, body: Mapping[str, Any], now: datetime
) -> EmailBatch:
    """An acceptance counts once it stands at the placement request; here it is an answer.

    Raises EmailBatchNotFound, WrongMailFields.
    """
    batch, mail = _locked(session, batch_id)
    outcome = body.get("response_outcome")
    if outcome is not None and mail.state not in MAY_HAVE_GONE_OUT:
        raise WrongMailFields({"response_outcome": "not_sent"})
    for name, value in body.items():
        setattr(batch, name, value)
    batch.updated_at = now
    if outcome in _ANSWERS:
        note_answer(session, mail, now, now)
    return batch


def delete_batch(session: Session, batch_id: int) -> None:
    """The mail stays one that the contact law looks at. Raises EmailBatchNotFound,
    MailNotPossible."""
    batch, mail = _locked(session, batch_id)
    _require_at_rest(mail)
    session.delete(batch)


def _locked(session: Session, batch_id: int) -> tuple[EmailBatch, Email]:
    """The mail's lock is that of its batches."""
    mail = locked_mail_to_practice(session, read_batch(session, batch_id).email_id)
    batch = email_batches.reread_batch(session, batch_id)
    if batch is None:
        raise EmailBatchNotFound(batch_id)
    return batch, mail


def _require_at_rest(mail: Email) -> None:
    if mail.purpose not in WRITTEN_BY_OTHERS:
        raise MailNotPossible(mail.id, "of_inquiry")
    if mail.state not in AT_REST:
        raise MailNotPossible(mail.id, "under_way")


def _insert(session: Session, batch: EmailBatch) -> None:
    session.flush()
    try:
        with session.begin_nested():
            session.add(batch)
            session.flush()
    except IntegrityError as error:
        code = _REFUSALS.get(constraint_of(error) or "")
        if code is None:
            raise
        raise WrongMailFields({_REQUEST: code}) from None
