"""v1's placement requests. Deprecated."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from matching_service.domain.placement_requests import OPEN_REQUESTS, RequestStatus
from matching_service.storage.tables import Base


class PlacementRequest(Base):
    """`therapeutenanfrage_id` is the inquiry that holds the answer, if a search waited for it."""

    __tablename__ = "placement_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int]
    therapist_id: Mapped[int]
    status: Mapped[str]
    created_at: Mapped[datetime]
    email_contact_date: Mapped[date | None]
    phone_contact_date: Mapped[date | None]
    response: Mapped[str | None]
    response_date: Mapped[date | None]
    next_contact_after: Mapped[date | None]
    priority: Mapped[int]
    notes: Mapped[str | None]
    therapeutenanfrage_id: Mapped[int | None]
    created_by: Mapped[str]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


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
