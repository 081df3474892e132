"""A mail that a person writes by hand to a practice. It waits as a draft until it is released."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from communication_service.domain.mail_states import MailState
from communication_service.domain.purposes import Purpose
from communication_service.domain.salutations import salutation
from communication_service.domain.staff_mail import StaffMail, paragraphs
from communication_service.gateways.people import read_addressee, read_recipient
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.mail_errors import MailStale, WrongMailFields
from communication_service.use_cases.mail_rows import Post, write_row
from communication_service.use_cases.practice_letters import Letterhead
from communication_service.use_cases.read_mail import MailNotFound, read_mail
from communication_service.use_cases.release_letter import NotReleasable
from communication_service.use_cases.write_mail import WrittenMail, write_mail


def write_staff_mail(
    session: Session,
    body: Mapping[str, Any],
    therapist: Mapping[str, Any] | None,
    letterhead: Letterhead,
    *,
    actor: str,
    now: datetime,
) -> Email:
    """Raises WrongMailFields."""
    if therapist is None:
        raise WrongMailFields({"therapist_id": "not_found"})
    if not read_recipient(therapist).address:
        raise WrongMailFields({"therapist_id": "no_email"})
    text = _words(body["subject"], body["text"], therapist, letterhead)
    post = Post(Purpose.STAFF_MAIL, text, (), therapist_id=therapist["id"])
    return write_row(session, None, post, letterhead, now, created_by=actor, typed=body["text"])


def mail_to_change(session: Session, email_id: int, expected_version: int | None) -> Email:
    """Raises MailNotFound, MailStale, NotReleasable."""
    return _require_draft(read_mail(session, email_id), expected_version)


def change_staff_mail(
    session: Session,
    email_id: int,
    body: Mapping[str, Any],
    therapist: Mapping[str, Any] | None,
    letterhead: Letterhead,
    *,
    expected_version: int | None,
    now: datetime,
) -> Email:
    """Its words anew, as long as it is a draft. Raises as mail_to_change, WrongMailFields."""
    mail = queries.locked_email(session, email_id)
    if mail is None:
        raise MailNotFound(email_id)
    _require_draft(mail, expected_version)
    if therapist is None:
        raise WrongMailFields({"therapist_id": "not_found"})
    typed = body.get("text", mail.written_text)
    if typed is None:  # an old client wrote the mail, whole
        raise WrongMailFields({"text": "required"})
    text = _words(body.get("subject", mail.subject), typed, therapist, letterhead)
    post = Post(Purpose.STAFF_MAIL, text, (), therapist_id=mail.therapist_id)
    return write_row(session, mail, post, letterhead, now, typed=typed)


def _require_draft(mail: Email, expected_version: int | None) -> Email:
    if mail.purpose != Purpose.STAFF_MAIL or mail.state != MailState.DRAFT:
        raise NotReleasable(mail.state, "changed")
    if expected_version not in (None, mail.version):
        raise MailStale(mail.id)
    return mail


def _words(
    subject: str, typed: str, therapist: Mapping[str, Any], letterhead: Letterhead
) -> WrittenMail:
    greeted = salutation(read_addressee(therapist))
    letter = StaffMail(greeted, " ".join(subject.split()), paragraphs(typed))
    return write_mail(letter, letterhead.signed_by)
