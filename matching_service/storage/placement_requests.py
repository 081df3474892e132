"""v1's placement requests. Deprecated."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from matching_service.domain.placement_requests import OPEN_REQUESTS, RequestStatus
from matching_service.storage.tables import PlacementRequest


def placement_requests(filters: Mapping[str, Any]) -> "Select[Any]":
    """`filters` may hold status, patient_id and therapist_id."""
    names = ("status", "patient_id", "therapist_id")
    wanted = {name: filters[name] for name in names if name in filters}
    return select(PlacementRequest).filter_by(**wanted)


def placement_request(session: Session, request_id: int) -> PlacementRequest | None:
    return session.get(PlacementRequest, request_id)


def locked_placement_request(session: Session, request_id: int) -> PlacementRequest | None:
    return session.get(PlacementRequest, request_id, with_for_update=True)


def delete_requests_of_patient(session: Session, patient_id: int) -> None:
    session.execute(delete(PlacementRequest).where(PlacementRequest.patient_id == patient_id))


def lock_open_requests_to(session: Session, therapist_id: int) -> None:
    session.execute(
        select(PlacementRequest.id)
        .where(
            PlacementRequest.therapist_id == therapist_id,
            PlacementRequest.status.in_(OPEN_REQUESTS),
        )
        .order_by(PlacementRequest.id)
        .with_for_update(key_share=True)
    )


def refuse_open_requests_to(
    session: Session, therapist_id: int, why: str, actor: str, now: datetime
) -> None:
    session.execute(
        update(PlacementRequest)
        .where(
            PlacementRequest.therapist_id == therapist_id,
            PlacementRequest.status.in_(OPEN_REQUESTS),
        )
        .values(status=RequestStatus.ABGELEHNT, response=why, updated_at=now, updated_by=actor)
    )
