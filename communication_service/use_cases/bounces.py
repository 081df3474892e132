"""A mail came back after it had gone out: nobody got it, whatever the mail server had said."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.domain.bounces import DeliveryReport, Dispatch, Verdict, is_about
from communication_service.domain.mail_states import (
    MAY_HAVE_GONE_OUT,
    MailEvent,
    MailState,
    next_state,
)
from communication_service.domain.purposes import UNSOLICITED, Purpose
from communication_service.gateways.message import comparable_address
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.call_follow_ups import forget_calls
from communication_service.use_cases.mailbox_reach import note_undeliverable
from communication_service.use_cases.settle_mail import tell


def reported_mail(session: Session, report: DeliveryReport) -> Email | None:
    """The mail that the report is about, locked. None: none of ours, or an earlier attempt."""
    mail = queries.locked_by_message_id(session, report.message_id)
    if mail is None or mail.recipient_email is None or mail.handed_over_at is None:
        return None
    recipient = comparable_address(mail.recipient_email)
    dispatch = Dispatch(mail.message_id, recipient, mail.handed_over_at)
    return mail if is_about(report, dispatch) else None


def note_bounce(
    session: Session, mail: Email, report: DeliveryReport, verdict: Verdict, now: datetime
) -> None:
    """Once for every time that the mail went out. The caller holds the mail's lock."""
    if verdict is Verdict.DELAYED or mail.state not in MAY_HAVE_GONE_OUT:
        return
    mail.state = next_state(MailState(mail.state), MailEvent.BOUNCED)
    mail.claimed_by = mail.lease_until = mail.sent_at = None
    mail.bounced_at = mail.updated_at = now
    mail.error_message, mail.evidence = verdict, report.diagnostic
    mail.version += 1
    session.flush()
    if mail.purpose == Purpose.INQUIRY and mail.bundle_id is not None:
        _end_what_follows(session, mail.bundle_id, now)
    tell(session, "communication.email_bounced", mail, verdict, now)
    if verdict is Verdict.BAD_ADDRESS and mail.mailbox_key is not None:
        note_undeliverable(session, mail, mail.mailbox_key, report.status or "", now)


def _end_what_follows(session: Session, bundle_id: int, now: datetime) -> None:
    queries.delete_unsent(session, bundle_id, UNSOLICITED)
    forget_calls(session, bundle_id, now)
