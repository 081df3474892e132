"""How a letter becomes a row, is queued, and is taken back while it is still ours."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.domain.mail_states import MailEvent, MailState, next_state
from communication_service.domain.purposes import Purpose
from communication_service.gateways.message import address_domain, message_id
from communication_service.storage.tables import Email
from communication_service.use_cases.practice_letters import GatheredLetter, Letterhead
from communication_service.use_cases.write_mail import WrittenMail


@dataclass(frozen=True)
class Post:
    """Whom a mail goes to, what it is about, and its words. To staff: neither of the two.

    `sequel`: how many hints to staff about the same went before.
    """

    purpose: Purpose
    text: WrittenMail
    search_ids: tuple[int, ...]
    bundle_id: int | None = None
    therapist_id: int | None = None
    patient_id: int | None = None
    about_therapist_id: int | None = None
    about_patient_ids: tuple[int, ...] = ()
    sequel: int = 0


def practice_post(gathered: GatheredLetter, text: WrittenMail) -> Post:
    return Post(
        gathered.purpose,
        text,
        gathered.search_ids,
        bundle_id=gathered.bundle_id,
        therapist_id=gathered.therapist_id,
        about_patient_ids=gathered.patient_ids,
    )


def write_row(
    session: Session,
    row: Email | None,
    post: Post,
    letterhead: Letterhead,
    now: datetime,
    *,
    created_by: str | None = None,
    typed: str | None = None,
) -> Email:
    """A new draft, or the words of an existing one anew; its state and its author stay.

    `typed` is what somebody wrote by hand.
    """
    row = row or _blank_row(post, letterhead, now)
    put_words(row, post, now)
    row.created_by, row.written_text = row.created_by or created_by, typed
    row.sender_email, row.sender_name = letterhead.address, letterhead.signed_by.name
    session.add(row)
    session.flush()
    return row


def put_words(row: Email, post: Post, now: datetime) -> None:
    text = post.text
    row.subject, row.body_text, row.body_html = text.subject, text.body_text, text.body_html
    row.search_ids, row.about_patient_ids = list(post.search_ids), list(post.about_patient_ids)
    row.updated_at = now
    row.version += 1


def queue(session: Session, row: Email, now: datetime, due_at: datetime | None = None) -> None:
    """It goes out as soon as possible, or when it is due."""
    row.state = next_state(MailState(row.state), MailEvent.RELEASED)
    row.queued_at, row.due_at = now, due_at
    row.next_attempt_at = due_at or now
    row.attempts, row.error_message, row.evidence = 0, None, None
    session.flush()


def _blank_row(post: Post, letterhead: Letterhead, now: datetime) -> Email:
    domain = address_domain(letterhead.address)
    return Email(
        purpose=post.purpose,
        state=MailState.DRAFT,
        bundle_id=post.bundle_id,
        therapist_id=post.therapist_id,
        patient_id=post.patient_id,
        search_id=post.search_ids[0] if post.patient_id else None,
        about_therapist_id=post.about_therapist_id,
        sequel=post.sequel,
        message_id=message_id(post.bundle_id, post.purpose, domain, post.sequel),
        created_at=now,
        version=0,
    )
