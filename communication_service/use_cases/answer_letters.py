"""What a practice hears after its answer, or when it need not answer any more.

Names leave the house by a confirmation only, and it waits: staff may have misheard.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import xor

from sqlalchemy.orm import Session

from communication_service.domain.letters import letters_by_search
from communication_service.domain.mail_states import NEVER_STARTED, MailState
from communication_service.domain.notices import StaffHint, StaffNotice
from communication_service.domain.purposes import Purpose
from communication_service.gateways.matching import Matching
from communication_service.gateways.people import People
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.inquiry_mail import may_have_been_asked, write_draft
from communication_service.use_cases.mail_rows import practice_post, queue, write_row
from communication_service.use_cases.practice_letters import (
    GatheredLetter,
    Letterhead,
    gather_from,
    letter_text,
    lettered,
)
from communication_service.use_cases.staff_hints import hinted, tell_staff

_REWRITABLE = (*NEVER_STARTED, MailState.FAILED)


@dataclass(frozen=True)
class Answered:
    """An answered inquiry: who has a place there (None: nobody), whose yes came too late, and whose
    place is over."""

    bundle_id: int
    accepted: GatheredLetter | None
    in_conflict: GatheredLetter | None
    ended: frozenset[int]


def gather_answered(bundle_id: int, matching: Matching, people: People, now: datetime) -> Answered:
    """Raises ServiceUnavailable or ServiceRefused."""
    bundle = matching.bundle(bundle_id)
    if bundle is None:
        return Answered(bundle_id, None, None, frozenset())
    over = (one.search_id for one in bundle.patients if one.ended and one.status == "accepted")
    return Answered(
        bundle_id,
        accepted=gather_from(Purpose.CONFIRMATION, bundle, people, now),
        in_conflict=gather_from(Purpose.CONFLICT_NOTICE, bundle, people, now),
        ended=frozenset(over),
    )


def follow_answer(
    session: Session, answered: Answered, letterhead: Letterhead, delay: timedelta, now: datetime
) -> None:
    """Comes again for a correction, and when a conflict was settled."""
    queries.delete_unsent(session, answered.bundle_id, [Purpose.WITHDRAWAL_NOTICE])
    _follow_conflict(session, answered, letterhead, now)
    mail = queries.locked_letter(session, answered.bundle_id, Purpose.CONFIRMATION)
    if mail is not None and mail.state not in _REWRITABLE:
        _check_what_was_confirmed(session, mail, answered, letterhead, now)
    elif answered.accepted is None:
        queries.delete_unsent(
            session, answered.bundle_id, [Purpose.CONFIRMATION, Purpose.CONSENT_MISSING]
        )
    elif mail is None or tuple(mail.search_ids) != answered.accepted.search_ids:
        _schedule_confirmation(session, mail, answered.accepted, letterhead, now + delay, now)


def write_conflict_notice(
    session: Session, gathered: GatheredLetter, letterhead: Letterhead, now: datetime
) -> Email:
    """A draft for somebody of the staff to read and release."""
    return write_draft(session, gathered, letterhead, now)


def withdraw_inquiry(
    session: Session, gathered: GatheredLetter, letterhead: Letterhead, due: datetime, now: datetime
) -> None:
    """Who was asked, or may have been, is told that it is over; not at once, for it may be that
    the mail is just being refused."""
    known = queries.locked_letter(session, gathered.bundle_id, gathered.purpose)
    if known is None and may_have_been_asked(session, gathered.bundle_id):
        _schedule(session, None, gathered, letterhead, due, now)


def _follow_conflict(
    session: Session, answered: Answered, letterhead: Letterhead, now: datetime
) -> None:
    """A notice that nobody has released yet says what is true now."""
    mail = queries.locked_letter(session, answered.bundle_id, Purpose.CONFLICT_NOTICE)
    if mail is None or mail.state != MailState.DRAFT:
        return
    if answered.in_conflict is None:
        session.delete(mail)
    elif tuple(mail.search_ids) != answered.in_conflict.search_ids:
        write_conflict_notice(session, answered.in_conflict, letterhead, now)


def _schedule_confirmation(
    session: Session,
    mail: Email | None,
    accepted: GatheredLetter,
    letterhead: Letterhead,
    due: datetime,
    now: datetime,
) -> None:
    _schedule(session, mail, accepted, letterhead, due, now)
    bundle_id, hint = accepted.bundle_id, StaffHint.CONSENT_MISSING
    known = set[int]().union(*hinted(session, bundle_id, hint))
    unnamed = tuple(
        (letter, one.search_id)
        for letter, one in lettered(session, accepted).items()
        if not one.named and one.search_id not in known
    )
    tell_staff(session, StaffNotice(bundle_id, hint, unnamed), letterhead, now)


def _check_what_was_confirmed(
    session: Session,
    mail: Email,
    answered: Answered,
    letterhead: Letterhead,
    now: datetime,
) -> None:
    """The confirmation is out, or on its way, and cannot be taken back: a person has to call.

    Each hint tells what has changed since the one before. A place that is over changes nothing:
    the practice was right to expect the patient.
    """
    bundle_id, hint = answered.bundle_id, StaffHint.CORRECTED_TOO_LATE
    known = reduce(xor, hinted(session, bundle_id, hint), set(mail.search_ids))
    right = set(answered.accepted.search_ids if answered.accepted else ())
    affected = sorted(known ^ (right | known & answered.ended))
    letters = letters_by_search(queries.mailed_searches(session, bundle_id), affected)
    searches = tuple(sorted((letters[search], search) for search in affected))
    tell_staff(session, StaffNotice(bundle_id, hint, searches), letterhead, now)


def _schedule(
    session: Session,
    mail: Email | None,
    gathered: GatheredLetter,
    letterhead: Letterhead,
    due: datetime,
    now: datetime,
) -> None:
    text = letter_text(session, gathered, letterhead, now)
    mail = write_row(session, mail, practice_post(gathered, text), letterhead, now)
    if mail.state == MailState.QUEUED:
        mail.next_attempt_at = mail.due_at = due
    else:
        queue(session, mail, now, due)
