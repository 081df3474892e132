"""How far our mailbox has been read. A mail that cannot be read holds up no other for ever."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from communication_service.gateways.imap import FetchedMail
from communication_service.gateways.sealing import Sealer
from communication_service.storage import replies
from communication_service.storage.replies import MailReading
from communication_service.use_cases.receive_mail import Arrival, file_unreadable, receive_mail

# A server may reckon its days elsewhere than we do.
_A_DAY_EARLIER = timedelta(days=1)
_AGAIN_FROM = timedelta(days=3)
_MOST_FAILURES = 20


@dataclass(frozen=True)
class ReadingStart:
    """`stuck`: the mail after `last_uid` has failed so often that it is read no more."""

    last_uid: int
    since: date
    stuck: bool


def begin_reading(session: Session, mailbox: str, uid_validity: int, now: datetime) -> ReadingStart:
    """A new mailbox is read from today on. One whose server numbers its mails anew is read again
    from a little before we last looked: what we know we recognise."""
    reading = replies.locked_reading(session, mailbox)
    if reading is None:
        reading = MailReading(
            mailbox=mailbox,
            uid_validity=uid_validity,
            last_uid=0,
            since=(now - _A_DAY_EARLIER).date(),
            failures=0,
            read_at=now,
        )
        session.add(reading)
    elif reading.uid_validity != uid_validity:
        reading.since = (reading.read_at - _AGAIN_FROM).date()
        reading.uid_validity, reading.last_uid, reading.failures = uid_validity, 0, 0
    else:
        reading.read_at = now
    session.flush()
    return ReadingStart(reading.last_uid, reading.since, reading.failures >= _MOST_FAILURES)


def note_failure(session: Session, mailbox: str, uid: int) -> None:
    reading = replies.locked_reading(session, mailbox)
    if reading is not None and reading.last_uid < uid:
        reading.failures += 1


def note_read(
    session: Session,
    mailbox: str,
    uid_validity: int,
    uid: int,
    mail: FetchedMail | None,
    sealer: Sealer,
    now: datetime,
) -> None:
    """`mail` is None when it cannot be had: then a person has to look into the mailbox."""
    reading = replies.locked_reading(session, mailbox)
    if reading is None or reading.uid_validity != uid_validity or reading.last_uid >= uid:
        return  # somebody else has read on
    if mail is None:
        file_unreadable(session, Arrival(now, f"{mailbox}:{uid_validity}:{uid}"), now)
    else:
        receive_mail(session, mail, sealer, now)
    reading.last_uid, reading.failures, reading.read_at = uid, 0, now
