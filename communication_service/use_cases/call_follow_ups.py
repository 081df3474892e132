"""Inquiries that nobody answers are called about, until somebody does or nobody is left to ask."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from communication_service.domain.call_slots import CallQueue, phone_hours
from communication_service.domain.calls import CallReason, CallStatus, FollowUpRules
from communication_service.domain.letters import reminder_letter
from communication_service.domain.purposes import Purpose
from communication_service.storage import call_queries, queries
from communication_service.storage.call_tables import CallFollowUp, PhoneCall
from communication_service.storage.mailboxes import is_undeliverable
from communication_service.use_cases.call_news import tell_scheduled
from communication_service.use_cases.call_wording import call_script
from communication_service.use_cases.place_calls import place_in_free_slot
from communication_service.use_cases.practice_letters import GatheredLetter, lettered
from communication_service.use_cases.write_mail import MailSender
from shared.contracts.berlin import berlin_day, berlin_midnight

SYSTEM = "system"
FULL_QUEUE_PAUSE = timedelta(hours=6)
TROUBLE_PAUSE = timedelta(hours=1)


@dataclass(frozen=True)
class CallDesk:
    """How this house calls."""

    queue: CallQueue
    rules: FollowUpRules
    signed_by: MailSender


def is_called_only(session: Session, inquiry: GatheredLetter) -> bool:
    """The practice cannot be written to, or nothing arrives there, but it can be called."""
    if inquiry.practice.phone is None:
        return False
    return not inquiry.practice.has_email or is_undeliverable(session, inquiry.mailbox_key)


def call_at_once(session: Session, inquiry: GatheredLetter, desk: CallDesk, now: datetime) -> None:
    """Instead of a mail. For an inquiry that is sent again as well."""
    follow_up = call_queries.ensured_follow_up(
        session, inquiry.bundle_id, inquiry.therapist_id, CallReason.NO_EMAIL
    )
    if follow_up.ended_at is None and not call_queries.is_planned(session, inquiry.bundle_id):
        plan_next_call(session, follow_up, inquiry, desk, now)


def plan_due_call(
    session: Session,
    bundle_id: int,
    inquiry: GatheredLetter | None,
    desk: CallDesk,
    now: datetime,
) -> None:
    """`inquiry` as it is now; None: nobody is asked for any more. A reminder waits no longer."""
    queries.delete_unsent(session, bundle_id, [Purpose.REMINDER])  # mails are locked before calls
    follow_up = call_queries.locked_follow_up(session, bundle_id)
    if follow_up is None or follow_up.due_at is None or follow_up.due_at > now:
        return  # somebody else has planned it, or an answer came
    if inquiry is None:
        _end(follow_up, "nobody_left", now)
    elif inquiry.practice.phone is None:
        _end(follow_up, "no_phone", now)
    else:
        plan_next_call(session, follow_up, inquiry, desk, now)


def plan_next_call(
    session: Session,
    follow_up: CallFollowUp,
    inquiry: GatheredLetter,
    desk: CallDesk,
    now: datetime,
) -> None:
    """When the queue is full for so long ahead, the same again later."""
    practice = inquiry.practice
    hours = phone_hours(practice.hours, desk.queue.office_hours, practice.laender)
    call = PhoneCall(
        therapist_id=inquiry.therapist_id,
        bundle_id=inquiry.bundle_id,
        attempt=call_queries.attempts_so_far(session, inquiry.bundle_id) + 1,
        reason=follow_up.reason,
        assumed_hours=hours.assumed,
        script=script_of(session, inquiry, CallReason(follow_up.reason), desk, now),
        search_ids=list(inquiry.search_ids),
        about_patient_ids=list(inquiry.patient_ids),
        status=CallStatus.SCHEDULED,
        created_by=SYSTEM,
        created_at=now,
        updated_at=now,
    )
    earliest = max(follow_up.not_before or now, now)
    if place_in_free_slot(session, call, hours, earliest, desk.queue):
        follow_up.due_at = None
        tell_scheduled(session, call, now)
    else:
        follow_up.due_at = now + FULL_QUEUE_PAUSE


def script_of(
    session: Session, inquiry: GatheredLetter, reason: CallReason, desk: CallDesk, now: datetime
) -> str:
    """Of those who still wait, by the letters that they have in the mail, if there was one."""
    waiting = {letter: one.facts for letter, one in lettered(session, inquiry).items()}
    letter = reminder_letter(
        inquiry.bundle_id, inquiry.therapist, waiting, sent_at=inquiry.sent_at, now=now
    )
    return call_script(letter, reason, desk.signed_by)


def end_calls(
    session: Session, bundle_id: int, therapist_id: int, reason: str, now: datetime
) -> None:
    """An answer came, or nobody waits for one: whatever is planned is cancelled."""
    follow_up = call_queries.ensured_follow_up(
        session, bundle_id, therapist_id, CallReason.NO_ANSWER
    )
    if follow_up.ended_at is None:
        _end(follow_up, reason, now)
    call_queries.cancel_planned(session, bundle_id, now)


def forget_calls(session: Session, bundle_id: int, now: datetime) -> None:
    """Nobody was asked, so there is nothing to follow up until the inquiry is sent again."""
    call_queries.delete_follow_up(session, bundle_id)
    call_queries.cancel_planned(session, bundle_id, now)


def postpone(session: Session, bundle_id: int, now: datetime) -> None:
    """Something is wrong with this one; the others need not wait for it."""
    follow_up = call_queries.locked_follow_up(session, bundle_id)
    if follow_up is not None and follow_up.due_at is not None:
        follow_up.due_at = now + TROUBLE_PAUSE


def plan_missed_call_anew(session: Session, now: datetime) -> bool:
    """A call that nobody made on its day is no attempt. One that was begun then and never reported
    is; a late report of it still counts. False: there is none."""
    today = berlin_midnight(berlin_day(now))
    missed = call_queries.missed_call(session, today)
    if missed is None or missed.bundle_id is None:
        return False
    follow_up = call_queries.ensured_follow_up(
        session, missed.bundle_id, missed.therapist_id, CallReason.NO_ANSWER
    )
    call = call_queries.locked_call(session, missed.id)
    if call is not None and _is_missed(call, today):
        call.status, call.updated_at = CallStatus.CANCELED, now
        call.version += 1
        follow_up.due_at = now if follow_up.ended_at is None else None
    return True


def _is_missed(call: PhoneCall, today: datetime) -> bool:
    last_sign = max(call.starts_at, call.started_at or call.starts_at)
    return call.status == CallStatus.SCHEDULED and last_sign < today


def _end(follow_up: CallFollowUp, reason: str, now: datetime) -> None:
    follow_up.due_at, follow_up.ended_at, follow_up.end_reason = None, now, reason
