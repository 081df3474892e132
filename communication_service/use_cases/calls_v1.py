"""Calls as old clients plan, change and report them.

v1 knows no moment before a call: its permit is asked for when the call is reported. Where matching
refuses it, what happened is recorded all the same, and the missing permit shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from communication_service.domain.call_slots import CALL_MINUTES, CallQueue, instant_of, phone_hours
from communication_service.domain.calls import MADE, CallOutcome, CallStatus
from communication_service.gateways.matching import Matching, PermitRefused
from communication_service.gateways.practices import Practice
from communication_service.storage import call_queries
from communication_service.storage.call_tables import PhoneCall, PhoneCallBatch
from communication_service.use_cases.call_errors import (
    BatchNotFound,
    CallNotFound,
    CallNotPossible,
    WrongCallField,
)
from communication_service.use_cases.call_news import tell_completed, tell_scheduled
from communication_service.use_cases.place_calls import place_at, place_in_free_slot
from communication_service.use_cases.start_call import PURPOSE
from shared.contracts.berlin import BERLIN, berlin_day, berlin_midnight

_WHEN = ("scheduled_date", "scheduled_time", "duration_minutes")
_OF_INQUIRIES = {"scheduled_date", "scheduled_time", "duration_minutes", "notes"}
_TOLD = {CallStatus.COMPLETED: CallOutcome.REACHED, CallStatus.FAILED: CallOutcome.NOT_REACHED}


def plan_v1_call(
    session: Session,
    body: Mapping[str, Any],
    practice: Practice,
    queue: CallQueue,
    *,
    actor: str,
    now: datetime,
) -> PhoneCall:
    """Without a time in the first free slot, of the day that is named or of all. Raises
    WrongCallField."""
    call = PhoneCall(
        therapist_id=practice.therapist_id,
        status=CallStatus.SCHEDULED,
        notes=body.get("notes"),
        created_by=actor,
        created_at=now,
        updated_at=now,
    )
    _place(session, call, body, practice, queue, now)
    session.add_all(_batches(call, body.get("placement_request_ids") or (), now))
    session.flush()
    tell_scheduled(session, call, now)
    return call


def read_v1_call(session: Session, call_id: int) -> PhoneCall:
    """Raises CallNotFound."""
    call = call_queries.call(session, call_id)
    if call is None:
        raise CallNotFound(call_id)
    return call


@dataclass(frozen=True)
class Report:
    """What matching says when a call is reported: whether it was permitted, and about whom."""

    permit_id: int | None
    patient_ids: tuple[int, ...]


def gather_report(
    call: PhoneCall,
    request_ids: Sequence[int],
    body: Mapping[str, Any],
    matching: Matching,
    actor: str,
) -> Report | None:
    """None: the call is not being reported. Raises ServiceUnavailable, ServiceRefused."""
    if call.bundle_id is not None or body.get("status") not in MADE or call.status in MADE:
        return None
    requests = (matching.placement_request(one) for one in request_ids)
    asked_for = {
        one.patient_id for one in requests if one and one.therapist_id == call.therapist_id
    }
    permit_id = call.permit_id or _permit(call, matching, actor)
    return Report(permit_id, tuple(sorted(asked_for)))


def _permit(call: PhoneCall, matching: Matching, actor: str) -> int | None:
    """None: the call was not permitted. Raises ServiceUnavailable, ServiceRefused."""
    try:
        permit_id = matching.request_permit(call.therapist_id, PURPOSE, None, acting_for=actor)
        matching.claim_permit(permit_id, acting_for=actor)
    except PermitRefused:
        return None
    return permit_id


def change_v1_call(
    session: Session,
    call_id: int,
    body: Mapping[str, Any],
    report: Report | None,
    queue: CallQueue,
    *,
    actor: str,
    now: datetime,
) -> PhoneCall:
    """Of an inquiry's call only when it is and what is noted; its end is reported by v2.

    Raises CallNotFound, CallNotPossible, WrongCallField.
    """
    call = call_queries.locked_call(session, call_id)
    if call is None:
        raise CallNotFound(call_id)
    if call.bundle_id is not None and (
        set(body) - _OF_INQUIRIES or call.status != CallStatus.SCHEDULED
    ):
        raise CallNotPossible(call.id, "of_inquiry")
    before = CallStatus(call.status)
    _change(session, call, body, queue, now)
    if report is not None:
        call.permit_id = call.permit_id or report.permit_id
        call.about_patient_ids = list(report.patient_ids)
    call.updated_at = now
    call.version += 1
    session.flush()
    _tell(session, call, before, actor, now)
    return call


def delete_v1_call(session: Session, call_id: int) -> None:
    """Raises CallNotFound, CallNotPossible."""
    call = call_queries.locked_call(session, call_id)
    if call is None:
        raise CallNotFound(call_id)
    if call.bundle_id is not None:
        raise CallNotPossible(call.id, "of_inquiry")
    if call.status in MADE:
        raise CallNotPossible(call.id, call.status)
    session.delete(call)


def read_batch(session: Session, batch_id: int, *, lock: bool = False) -> PhoneCallBatch:
    """Raises BatchNotFound."""
    find = call_queries.locked_batch if lock else call_queries.batch
    batch = find(session, batch_id)
    if batch is None:
        raise BatchNotFound(batch_id)
    return batch


def change_batch(session: Session, batch_id: int, body: Mapping[str, Any]) -> PhoneCallBatch:
    """Raises BatchNotFound."""
    batch = read_batch(session, batch_id, lock=True)
    for name, value in body.items():
        setattr(batch, name, value)
    return batch


def _place(
    session: Session,
    call: PhoneCall,
    body: Mapping[str, Any],
    practice: Practice,
    queue: CallQueue,
    now: datetime,
) -> None:
    day, clock = body.get("scheduled_date"), body.get("scheduled_time")
    minutes = body.get("duration_minutes") or CALL_MINUTES
    if day is not None and clock is not None:
        _place_at(session, call, (day, clock), minutes, queue, now)
        return
    if clock is not None:
        raise WrongCallField("scheduled_date", "required")
    hours = phone_hours(practice.hours, queue.office_hours, practice.laender)
    call.assumed_hours = hours.assumed
    earliest, searched = (now, queue) if day is None else _only_on(day, queue, now)
    if not place_in_free_slot(session, call, hours, earliest, searched, minutes):
        raise WrongCallField("scheduled_date", "no_free_slot")


def _only_on(day: date, queue: CallQueue, now: datetime) -> tuple[datetime, CallQueue]:
    dusk = berlin_midnight(day + timedelta(days=1))
    if dusk <= now:
        raise WrongCallField("scheduled_date", "in_the_past")
    earliest = max(berlin_midnight(day), now)
    return earliest, CallQueue(queue.lines, dusk - earliest, queue.office_hours)


def _place_at(
    session: Session,
    call: PhoneCall,
    when: tuple[date, time],
    minutes: int,
    queue: CallQueue,
    now: datetime,
) -> None:
    starts_at = instant_of(*when)
    if starts_at is None:
        raise WrongCallField("scheduled_time", "no_such_time")
    if starts_at < now.replace(second=0, microsecond=0):
        past = "scheduled_date" if when[0] < berlin_day(now) else "scheduled_time"
        raise WrongCallField(past, "in_the_past")
    if not place_at(session, call, starts_at, minutes, queue):
        raise WrongCallField("scheduled_time", "taken")


def _change(
    session: Session, call: PhoneCall, body: Mapping[str, Any], queue: CallQueue, now: datetime
) -> None:
    """Only what is planned can be moved; what is planned again needs a free slot again."""
    status = CallStatus(body.get("status", call.status))
    moved = any(body.get(name, getattr(call, name)) != getattr(call, name) for name in _WHEN)
    if moved and status is not CallStatus.SCHEDULED:
        raise WrongCallField("scheduled_date", "not_planned")
    for name in body.keys() - {*_WHEN, "status"}:
        setattr(call, name, body[name])
    if status is CallStatus.SCHEDULED and (moved or call.status != status):
        day = body.get("scheduled_date", call.scheduled_date)
        clock = body.get("scheduled_time", call.scheduled_time)
        minutes = body.get("duration_minutes", call.duration_minutes)
        _place_at(session, call, (day, clock), minutes, queue, now)
    call.status = status


def _tell(session: Session, call: PhoneCall, before: CallStatus, actor: str, now: datetime) -> None:
    status = CallStatus(call.status)
    if status in _TOLD and before not in MADE:
        call.ended_at, call.ended_by = now, actor
        clock = now.astimezone(BERLIN)
        call.actual_date = call.actual_date or clock.date()
        session.flush()
        tell_completed(session, call, _TOLD[status], now)


def _batches(
    call: PhoneCall, request_ids: Sequence[int], now: datetime
) -> Sequence[PhoneCallBatch]:
    for index, request_id in enumerate(request_ids):
        if request_id in request_ids[:index]:
            raise WrongCallField(f"placement_request_ids[{index}]", "twice")
    return [
        PhoneCallBatch(phone_call_id=call.id, placement_request_id=one, created_at=now)
        for one in request_ids
    ]
