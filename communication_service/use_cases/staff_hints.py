"""Hints to our own staff. One that is out stays; what changes afterwards is told in another."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.domain.mail_states import NEVER_STARTED, MailState
from communication_service.domain.notices import StaffHint, StaffNotice
from communication_service.domain.purposes import Purpose
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.mail_rows import Post, queue, write_row
from communication_service.use_cases.practice_letters import Letterhead
from communication_service.use_cases.write_mail import write_mail

_REWRITABLE = (*NEVER_STARTED, MailState.FAILED)


def tell_staff(
    session: Session, notice: StaffNotice, letterhead: Letterhead, now: datetime
) -> None:
    """In the hint that waits, else in a new one; about nobody: what waits is removed."""
    told, waiting = _told_and_waiting(session, notice.inquiry, notice.hint)
    if not notice.searches:
        queries.delete_unsent(session, notice.inquiry, [Purpose(notice.hint)])
        return
    post = Post(
        Purpose(notice.hint),
        write_mail(notice, letterhead.signed_by),
        tuple(search for _, search in notice.searches),
        bundle_id=notice.inquiry,
        sequel=len(told),
    )
    mail = write_row(session, waiting, post, letterhead, now)
    if mail.state != MailState.QUEUED:
        queue(session, mail, now)


def hinted(session: Session, bundle_id: int, hint: StaffHint) -> list[set[int]]:
    """Whom each hint that can be rewritten no more speaks of, in their order."""
    told, _ = _told_and_waiting(session, bundle_id, hint)
    return [set(mail.search_ids) for mail in told]


def _told_and_waiting(
    session: Session, bundle_id: int, hint: StaffHint
) -> tuple[Sequence[Email], Email | None]:
    hints = queries.locked_hints(session, bundle_id, Purpose(hint))
    if hints and hints[-1].state in _REWRITABLE:
        return hints[:-1], hints[-1]
    return hints, None
