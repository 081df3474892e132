"""Mails as old clients write, queue and report them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from communication_service.domain.html_text import text_of_html
from communication_service.domain.mail_states import (
    CLIENT_MOVES,
    MailEvent,
    MailState,
    next_state,
)
from communication_service.domain.purposes import WRITTEN_BY_OTHERS, purpose_of_written
from communication_service.gateways.message import address_domain, message_id
from communication_service.storage import queries
from communication_service.storage.email_batches import EmailBatch
from communication_service.storage.tables import Email
from communication_service.use_cases.mail_answers import record_answer
from communication_service.use_cases.mail_errors import MailNotPossible, WrongMailFields
from communication_service.use_cases.mail_occasions import Occasion, gives_away
from communication_service.use_cases.mail_rows import queue
from communication_service.use_cases.practice_letters import Letterhead
from communication_service.use_cases.read_mail import MailNotFound
from communication_service.use_cases.release_letter import NotReleasable

_ANSWER = {"response_received", "response_date", "response_content"}
_NOTES = ("follow_up_required", "follow_up_notes")
_WORDS = ("subject", "body_html", "body_text", "recipient_name", "sender_name")
_ON_ITS_WAY = (MailState.SENDING, MailState.HANDED_OVER, MailState.UNKNOWN)


@dataclass(frozen=True)
class Writer:
    """Only a person answers for a mail that the contact law looks away from."""

    name: str
    is_person: bool


def write_v1_mail(
    session: Session,
    body: Mapping[str, Any],
    occasion: Occasion,
    letterhead: Letterhead,
    writer: Writer,
    now: datetime,
) -> Email:
    """A draft, or queued at once. It can go to nobody but its therapist. Raises WrongMailFields."""
    _check(body, occasion, letterhead)
    mail = _row(body, occasion, letterhead, writer, now)
    session.add(mail)
    session.flush()
    session.add_all(
        EmailBatch(
            email_id=mail.id,
            placement_request_id=request_id,
            patient_id=patient_id,
            created_at=now,
            updated_at=now,
        )
        for request_id, patient_id in occasion.patient_of.items()
    )
    session.flush()
    session.refresh(mail, ["placement_request_ids", "about_patient_ids"])
    if body.get("status") == MailState.QUEUED:
        _release(session, mail, writer.name, now)
    return mail


def change_v1_mail(
    session: Session, email_id: int, body: Mapping[str, Any], *, actor: str, now: datetime
) -> Email:
    """Raises MailNotFound, MailNotPossible, NotReleasable, WrongMailFields."""
    mail = locked_mail_to_practice(session, email_id)
    if body.keys() & _ANSWER and mail.purpose not in WRITTEN_BY_OTHERS:
        raise MailNotPossible(mail.id, "of_inquiry")
    if "status" in body:
        _move(session, mail, MailState(body["status"]), actor, now)
    if body.keys() & _ANSWER:
        record_answer(session, mail, body, now)
    for name in body.keys() & set(_NOTES):
        setattr(mail, name, body[name])
    mail.updated_at = now
    mail.version += 1
    return mail


def locked_mail_to_practice(session: Session, email_id: int) -> Email:
    """What v1 ever knew. Raises MailNotFound."""
    mail = queries.locked_email(session, email_id)
    if mail is None or mail.therapist_id is None:
        raise MailNotFound(email_id)
    return mail


def _check(body: Mapping[str, Any], occasion: Occasion, letterhead: Letterhead) -> None:
    wrong: dict[str, str] = {}
    if not _is_same(body["recipient_email"], occasion.recipient.address):
        wrong["recipient_email"] = "other_address"
    if not _is_same(body.get("sender_email", letterhead.address), letterhead.address):
        wrong["sender_email"] = "other_address"
    for name in _WORDS:
        if gives_away(occasion, read_aloud(body.get(name, ""))):
            wrong[name] = "gives_away"
    if wrong:
        raise WrongMailFields(wrong)


def read_aloud(written: str) -> tuple[str, str]:
    """As it stands there, and as somebody reads it who sees no tags."""
    return written, text_of_html(written)


def _is_same(address: str, other: str) -> bool:
    return bool(other) and address.strip().casefold() == other.strip().casefold()


def _row(
    body: Mapping[str, Any],
    occasion: Occasion,
    letterhead: Letterhead,
    writer: Writer,
    now: datetime,
) -> Email:
    purpose = purpose_of_written(
        by_a_person=writer.is_person, about_requests=bool(occasion.patient_of)
    )
    return Email(
        purpose=purpose,
        state=MailState.DRAFT,
        therapist_id=body["therapist_id"],
        batch_id=body.get("batch_id"),
        subject=_one_line(body["subject"]),
        body_html=body["body_html"],
        body_text=body.get("body_text") or text_of_html(body["body_html"]),
        recipient_email=body["recipient_email"],
        recipient_name=_one_line(body["recipient_name"]),
        sender_email=letterhead.address,
        sender_name=_one_line(body.get("sender_name") or letterhead.signed_by.name),
        message_id=message_id(None, purpose, address_domain(letterhead.address)),
        created_by=writer.name,
        created_at=now,
        updated_at=now,
    )


def _move(session: Session, mail: Email, wanted: MailState, actor: str, now: datetime) -> None:
    """What a client says of a mail that is as it says already changes nothing."""
    state = MailState(mail.state)
    if wanted is state or (wanted is MailState.SENDING and state in _ON_ITS_WAY):
        return
    legal = _legal(mail)
    if wanted not in legal:
        raise NotReleasable(state, wanted, legal)
    if wanted is MailState.QUEUED:
        _release(session, mail, actor, now)
    else:
        mail.state = next_state(state, MailEvent.CALLED_BACK)
        mail.queued_at = mail.next_attempt_at = mail.released_by = None


def _legal(mail: Email) -> tuple[MailState, ...]:
    written = mail.purpose in WRITTEN_BY_OTHERS
    return CLIENT_MOVES.get(MailState(mail.state), ()) if written else ()


def _release(session: Session, mail: Email, actor: str, now: datetime) -> None:
    mail.released_by = actor
    queue(session, mail, now)


def _one_line(written: str) -> str:
    return " ".join(written.split())
