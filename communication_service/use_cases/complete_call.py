"""What came of a call. Recorded once; what matching has to know it knows before or by event."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from communication_service.domain.calls import (
    MADE,
    STATUS_AFTER,
    CallAgain,
    CallOutcome,
    CallStatus,
    NoMoreCalls,
    after_call,
)
from communication_service.gateways.matching import Matching
from communication_service.storage import call_queries
from communication_service.storage.call_tables import CallFollowUp, PhoneCall
from communication_service.use_cases.call_errors import (
    CallNotFound,
    CallNotPossible,
    WrongCallField,
)
from communication_service.use_cases.call_follow_ups import CallDesk
from communication_service.use_cases.call_news import tell_completed
from shared.contracts.berlin import BERLIN, berlin_day


@dataclass(frozen=True)
class CallReport:
    """`responses`: what was said about each search, in matching's words."""

    outcome: CallOutcome
    responses: tuple[dict[str, Any], ...] = ()
    call_back_on: date | None = None
    notes: str | None = None


def reported_call(session: Session, call_id: int, report: CallReport, now: datetime) -> PhoneCall:
    """The call that the report can be about. Raises CallNotFound, CallNotPossible,
    WrongCallField."""
    call = call_queries.call(session, call_id)
    if call is None:
        raise CallNotFound(call_id)
    _check_report(call, report, now)
    _require_made(call, report)
    return call


def answer_inquiry(call: PhoneCall, report: CallReport, matching: Matching, actor: str) -> None:
    """Before our own note: whoever dies in between reports again, and matching knows it already.

    Raises AnswerRefused, ServiceUnavailable, ServiceRefused.
    """
    if report.responses and call.bundle_id is not None:
        answer = {"responses": list(report.responses), "channel": "phone"}
        matching.record_answer(call.bundle_id, answer, acting_for=actor)


def complete_call(
    session: Session,
    call_id: int,
    report: CallReport,
    desk: CallDesk,
    *,
    actor: str,
    now: datetime,
) -> PhoneCall:
    """The same report again changes nothing. Raises CallNotFound, CallNotPossible."""
    found = call_queries.call(session, call_id)
    if found is None:
        raise CallNotFound(call_id)
    bundle_id = found.bundle_id
    follow_up = call_queries.locked_follow_up(session, bundle_id) if bundle_id else None
    call = call_queries.locked_call(session, call_id)
    if call is None:
        raise CallNotFound(call_id)
    _require_made(call, report)
    if call.status in MADE:
        return call
    step = _next_step(session, call, follow_up, report, desk, now)
    _note(call, report, actor, now)
    session.flush()
    answered = bool(report.responses)
    given_up = isinstance(step, NoMoreCalls) and step.given_up
    tell_completed(session, call, report.outcome, now, answered=answered, given_up=given_up)
    return call


def _next_step(
    session: Session,
    call: PhoneCall,
    follow_up: CallFollowUp | None,
    report: CallReport,
    desk: CallDesk,
    now: datetime,
) -> CallAgain | NoMoreCalls:
    """Nothing follows a call about no inquiry, or one that is over."""
    if follow_up is None or follow_up.ended_at is not None:
        return NoMoreCalls()
    if call.status == CallStatus.CANCELED:
        # Its report comes late: another call was planned meanwhile, without knowing of it.
        call_queries.cancel_planned(session, follow_up.bundle_id, now)
    step = after_call(report.outcome, follow_up.missed, report.call_back_on, desk.rules, now)
    if report.outcome is CallOutcome.NOT_REACHED:
        follow_up.missed += 1
    match step:
        case CallAgain(reason, not_before):
            follow_up.reason, follow_up.not_before, follow_up.due_at = reason, not_before, now
            call.retry_after = berlin_day(not_before)
        case NoMoreCalls():
            follow_up.due_at, follow_up.ended_at = None, now
            follow_up.end_reason = report.outcome
    return step


def _note(call: PhoneCall, report: CallReport, actor: str, now: datetime) -> None:
    clock = now.astimezone(BERLIN)
    call.status, call.outcome = STATUS_AFTER[report.outcome], report.outcome
    call.actual_date = clock.date()
    call.actual_time = clock.time().replace(second=0, microsecond=0)
    call.notes = "\n".join(filter(None, [call.notes, report.notes])) or None
    call.ended_at, call.ended_by, call.updated_at = now, actor, now
    call.version += 1


def _require_made(call: PhoneCall, report: CallReport) -> None:
    """A call that was cancelled while somebody made it was made."""
    if call.status in MADE:
        if call.outcome != report.outcome:
            raise CallNotPossible(call.id, call.status)
    elif call.started_at is None:
        cancelled = call.status == CallStatus.CANCELED
        raise CallNotPossible(call.id, call.status if cancelled else "not_started")


def _check_report(call: PhoneCall, report: CallReport, now: datetime) -> None:
    called_back = report.outcome is CallOutcome.CALL_BACK
    if called_back and report.call_back_on is None:
        raise WrongCallField("call_back_on", "required")
    if report.call_back_on is not None and not called_back:
        raise WrongCallField("call_back_on", "not_allowed")
    if report.call_back_on is not None and report.call_back_on < berlin_day(now):
        raise WrongCallField("call_back_on", "in_the_past")
    if report.responses and report.outcome is not CallOutcome.REACHED:
        raise WrongCallField("responses", "not_allowed")
    if report.responses and call.bundle_id is None:
        raise WrongCallField("responses", "no_inquiry")
