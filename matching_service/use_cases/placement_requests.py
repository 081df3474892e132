"""v1's placement requests under the laws of the new house. Deprecated.

A therapist's answer to one is recorded as a late answer to an inquiry of that one patient: what
follows from an answer – acceptance or conflict, withdrawal elsewhere, cooling – is written once.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from matching_service.domain.errors import FieldError, InvalidFields, PlacementRequestNotFound
from matching_service.domain.lifecycle import UNFINISHED_SEARCHES, InquiryState, RowStatus
from matching_service.domain.placement_requests import (
    ANSWERS,
    RequestStatus,
    answered_at,
    asked_again_from,
    is_answer,
)
from matching_service.storage.locks import lock_around_searches, lock_mailboxes
from matching_service.storage.placement_requests import (
    delete_requests_of_patient,
    locked_placement_request,
    placement_request,
    refuse_open_requests_to,
)
from matching_service.storage.tables import (
    PatientRow,
    PlacementRequest,
    Platzsuche,
    TherapeutAnfragePatient,
    Therapeutenanfrage,
    TherapistRow,
)
from matching_service.use_cases.contact_law import enforce_cooling_period
from matching_service.use_cases.outcomes import PatientResponse, Response
from matching_service.use_cases.responses import record_response
from matching_service.use_cases.search_history import SYSTEM
from shared.contracts.berlin import berlin_day
from shared.db import Contended

_UNCHANGEABLE = ("patient_id", "therapist_id")
_CHANGEABLE = {
    "email_contact_date",
    "phone_contact_date",
    "response",
    "response_date",
    "next_contact_after",
    "priority",
    "notes",
}
_LOST = {"therapist_blocked": "Therapeut gesperrt", "therapist_deleted": "Therapeut gelöscht"}


def create_placement_request(
    session: Session, fields: Mapping[str, Any], *, cooling_days: int, actor: str, now: datetime
) -> PlacementRequest:
    """Raises InvalidFields."""
    _require_people(session, fields)
    status = RequestStatus(fields.get("status", RequestStatus.OFFEN))
    request = PlacementRequest(
        **{**fields, "status": RequestStatus.OFFEN},
        created_at=now,
        created_by=actor,
        updated_at=now,
        updated_by=actor,
    )
    session.add(request)
    session.flush()
    _move(session, request, status, cooling_days, actor, now)
    return request


def update_placement_request(
    session: Session,
    request_id: int,
    changes: Mapping[str, Any],
    *,
    cooling_days: int,
    actor: str,
    now: datetime,
) -> PlacementRequest:
    """Raises PlacementRequestNotFound, RequestAnswered, InvalidFields, Contended."""
    request = _locked(session, request_id)
    fixed = [n for n in _UNCHANGEABLE if n in changes and changes[n] != getattr(request, n)]
    if fixed:
        raise InvalidFields(FieldError(name, "not_changeable") for name in fixed)
    for name in _CHANGEABLE & changes.keys():
        setattr(request, name, changes[name])
    request.updated_at, request.updated_by = now, actor
    status = RequestStatus(changes.get("status", request.status))
    _move(session, request, status, cooling_days, actor, now)
    return request


def read_placement_request(session: Session, request_id: int) -> PlacementRequest:
    """Raises PlacementRequestNotFound."""
    found = placement_request(session, request_id)
    if found is None:
        raise PlacementRequestNotFound(request_id)
    return found


def delete_placement_request(session: Session, request_id: int) -> None:
    """An answer stays recorded where it took effect. Raises PlacementRequestNotFound."""
    session.delete(_locked(session, request_id))


def forget_requests_of_patient(session: Session, patient_id: int) -> None:
    delete_requests_of_patient(session, patient_id)


def give_up_requests_to(session: Session, therapist_id: int, reason: str, now: datetime) -> None:
    """Nobody waits for this therapist any more; that is no answer, so nothing cools."""
    refuse_open_requests_to(session, therapist_id, _LOST[reason], SYSTEM, now)


def _locked(session: Session, request_id: int) -> PlacementRequest:
    found = locked_placement_request(session, request_id)
    if found is None:
        raise PlacementRequestNotFound(request_id)
    return found


def _require_people(session: Session, fields: Mapping[str, Any]) -> None:
    patient = session.get(PatientRow, fields["patient_id"])
    therapist = session.get(TherapistRow, fields["therapist_id"])
    known = {"patient_id": patient, "therapist_id": therapist}
    lost = [name for name, row in known.items() if row is None or row.deleted]
    if lost:
        raise InvalidFields(FieldError(name, "unknown") for name in lost)


def _move(
    session: Session,
    request: PlacementRequest,
    status: RequestStatus,
    cooling_days: int,
    actor: str,
    now: datetime,
) -> None:
    answered = is_answer(RequestStatus(request.status), status)
    request.status = status
    if answered:
        until = _record_answer(session, request, status, cooling_days, actor, now)
        request.response_date = request.response_date or berlin_day(now)
        request.next_contact_after = asked_again_from(request.next_contact_after, until)
    session.flush()


def _record_answer(
    session: Session,
    request: PlacementRequest,
    status: RequestStatus,
    cooling_days: int,
    actor: str,
    now: datetime,
) -> date | None:
    """The day from which the practice may be asked again."""
    responded_at = answered_at(request.response_date, now)
    therapist = session.get_one(TherapistRow, request.therapist_id)
    search = _unfinished_search_of(session, request.patient_id)
    if search is None:
        return _cool(session, therapist, responded_at, cooling_days, actor, now)
    inquiry = _insert_inquiry(session, request, therapist, responded_at, now)
    # The row will count a contact and lock the search for that: after all mailboxes around it.
    lock_around_searches(session, [search.id], inquiry.id)
    _insert_row(session, request, search, inquiry)
    request.therapeutenanfrage_id = inquiry.id
    answer = Response([PatientResponse(search.id, ANSWERS[status])], "email", responded_at)
    return record_response(
        session, inquiry.id, answer, cooling_days=cooling_days, actor=actor, now=now
    ).next_contactable_date


def _unfinished_search_of(session: Session, patient_id: int) -> Platzsuche | None:
    return session.scalar(
        select(Platzsuche).where(
            Platzsuche.patient_id == patient_id, Platzsuche.status.in_(UNFINISHED_SEARCHES)
        )
    )


def _cool(
    session: Session,
    therapist: TherapistRow,
    responded_at: datetime,
    cooling_days: int,
    actor: str,
    now: datetime,
) -> date | None:
    mailbox = lock_mailboxes(session, [therapist.mailbox_id])[therapist.mailbox_id]
    session.refresh(therapist, ["mailbox_id"])
    if therapist.mailbox_id != mailbox.id:
        raise Contended  # moved while we waited: the peace must hold where the therapist is now
    block = enforce_cooling_period(
        session,
        mailbox,
        responded_at=responded_at,
        cooling_days=cooling_days,
        inquiry_id=None,
        actor=actor,
        now=now,
    )
    return block.next_contactable_date


def _insert_inquiry(
    session: Session,
    request: PlacementRequest,
    therapist: TherapistRow,
    responded_at: datetime,
    now: datetime,
) -> Therapeutenanfrage:
    """Closed as one that nobody waits for any more: it never blocks the mailbox for a bundle."""
    asked_at = min(request.created_at, responded_at)
    inquiry = Therapeutenanfrage(
        therapist_id=therapist.therapist_id,
        mailbox_id=therapist.mailbox_id,
        mailbox_key=therapist.mailbox_key,
        state=InquiryState.CLOSED,
        created_date=asked_at,
        sent_date=asked_at,
        closed_at=now,
        close_reason="v1",
        bundle_size=1,
        size_exception="cutover",
        accepted_count=0,
        placed_count=0,
        created_by=request.created_by,
        version=1,
    )
    session.add(inquiry)
    session.flush()
    return inquiry


def _insert_row(
    session: Session, request: PlacementRequest, search: Platzsuche, inquiry: Therapeutenanfrage
) -> None:
    row = TherapeutAnfragePatient(
        therapeutenanfrage_id=inquiry.id,
        platzsuche_id=search.id,
        patient_id=request.patient_id,
        position_in_bundle=1,
        status=RowStatus.NO_RESPONSE,
        approximate=False,
        relaxed=[],
        reasons=[],
    )
    session.add(row)
    session.flush()
