"""What others are told of calls, by ids only. The caller holds the lock of the follow-up, or of the
call where it belongs to no inquiry."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from communication_service.domain.calls import CallOutcome
from communication_service.storage.call_tables import PhoneCall
from communication_service.use_cases.publisher import SERVICE
from shared.events.outbox import publish


def tell_scheduled(session: Session, call: PhoneCall, now: datetime) -> None:
    planned = {"reason": call.reason, "starts_at": _utc(call.starts_at)}
    data = {**_call(call), **planned, "actor": call.created_by, "at": _utc(now)}
    publish(session, SERVICE, "communication.call_scheduled", call.bundle_id or call.id, data, now)


def tell_completed(
    session: Session,
    call: PhoneCall,
    outcome: CallOutcome,
    now: datetime,
    *,
    answered: bool = False,
    given_up: bool = False,
) -> None:
    """`answered`: matching has the answers already."""
    data = {
        **_call(call),
        "outcome": outcome,
        "answered": answered,
        "given_up": given_up,
        "actor": call.ended_by,
        "at": _utc(now),
    }
    publish(session, SERVICE, "communication.call_completed", call.bundle_id or call.id, data, now)


def _call(call: PhoneCall) -> dict[str, Any]:
    return {
        "call_id": call.id,
        "version": call.version,
        "bundle_id": call.bundle_id,
        "therapist_id": call.therapist_id,
        "attempt": call.attempt,
        "patient_ids": call.about_patient_ids,
    }


def _utc(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
