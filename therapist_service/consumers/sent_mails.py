"""A mail has gone out to a therapist: it belongs into the log of contacts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from shared.events.envelope import Event
from therapist_service.consumers.handlers import HANDLERS
from therapist_service.use_cases.contacts import SentMail, record_sent_mail
from therapist_service.use_cases.therapist_rows import SERVICE, Author
from therapist_service.wiring import Wiring


@HANDLERS.projection("communication.email_sent")
def log_sent_mails(
    session: Session, events: Sequence[Event], wiring: Wiring, now: datetime
) -> None:
    """In the order of their therapists, so that two who log several never wait for each other."""
    mails = [_mail(event) for event in events if event.data.get("therapist_id") is not None]
    for mail in sorted(mails, key=lambda one: (one.therapist_id, one.at)):
        author = Author(mail.written_by or SERVICE, now, wiring.mailbox_secret)
        record_sent_mail(session, mail, author)


def _mail(event: Event) -> SentMail:
    data = event.data
    return SentMail(
        data["email_id"],
        data["therapist_id"],
        datetime.fromisoformat(data["at"]),
        data.get("written_by"),
    )
