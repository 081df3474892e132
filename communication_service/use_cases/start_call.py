"""Somebody takes up the phone: from here on a permit is used, and the script is the latest."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from communication_service.domain.calls import CallReason, CallStatus
from communication_service.domain.purposes import Purpose
from communication_service.gateways.matching import Matching
from communication_service.gateways.people import People
from communication_service.gateways.practices import Practice, read_practice
from communication_service.storage import call_queries
from communication_service.storage.call_tables import PhoneCall
from communication_service.use_cases.call_errors import CallNotFound, CallNotPossible
from communication_service.use_cases.call_follow_ups import CallDesk, script_of
from communication_service.use_cases.practice_letters import GatheredLetter, gather_letter

PURPOSE = "call"
_HOLDS_THE_LINE = timedelta(hours=1)


@dataclass(frozen=True)
class PermittedCall:
    """What was asked of others; `inquiry` is None for a call that belongs to none."""

    inquiry: GatheredLetter | None
    practice: Practice
    permit_id: int


@dataclass(frozen=True)
class StartedCall:
    call: PhoneCall
    practice: Practice


def startable_call(session: Session, call_id: int, actor: str, now: datetime) -> PhoneCall:
    """Raises CallNotFound, CallNotPossible."""
    call = call_queries.call(session, call_id)
    if call is None:
        raise CallNotFound(call_id)
    _require_free(call, actor, now)
    return call


def obtain_permit(
    call: PhoneCall, matching: Matching, people: People, actor: str, now: datetime
) -> PermittedCall:
    """The permit comes last of all: nothing lies between it and the call but our own note.

    Raises CallNotPossible, PermitRefused, ServiceUnavailable, ServiceRefused.
    """
    inquiry = None
    if call.bundle_id is not None:
        inquiry = gather_letter(Purpose.INQUIRY, call.bundle_id, matching, people, now)
        if inquiry is None:
            raise CallNotPossible(call.id, "nobody_left")
    practice = inquiry.practice if inquiry else _practice(call, people)
    if practice.phone is None:
        raise CallNotPossible(call.id, "no_phone")
    permit_id = matching.request_permit(
        call.therapist_id, PURPOSE, call.bundle_id, acting_for=actor
    )
    matching.claim_permit(permit_id, acting_for=actor)
    return PermittedCall(inquiry, practice, permit_id)


def start_call(
    session: Session,
    call_id: int,
    permitted: PermittedCall,
    desk: CallDesk,
    *,
    actor: str,
    now: datetime,
) -> StartedCall:
    """Whoever starts again reads the script again. Raises CallNotFound, CallNotPossible."""
    call = call_queries.locked_call(session, call_id)
    if call is None:
        raise CallNotFound(call_id)
    _require_free(call, actor, now)
    call.started_at, call.started_by, call.permit_id = now, actor, permitted.permit_id
    if permitted.inquiry is not None and call.reason is not None:
        call.script = script_of(session, permitted.inquiry, CallReason(call.reason), desk, now)
        call.search_ids = list(permitted.inquiry.search_ids)
        call.about_patient_ids = list(permitted.inquiry.patient_ids)
    call.updated_at = now
    call.version += 1
    session.flush()
    return StartedCall(call, permitted.practice)


def _require_free(call: PhoneCall, actor: str, now: datetime) -> None:
    if call.status != CallStatus.SCHEDULED:
        raise CallNotPossible(call.id, call.status)
    by_others = call.started_by not in (None, actor)
    if by_others and call.started_at is not None and now < call.started_at + _HOLDS_THE_LINE:
        raise CallNotPossible(call.id, "started_by_others")


def _practice(call: PhoneCall, people: People) -> Practice:
    document = people.therapist(call.therapist_id)
    if document is None:
        raise CallNotPossible(call.id, "therapist_gone")
    return read_practice(document)
