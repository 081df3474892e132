"""Reaction: a patient is gone, so is the search that slipped in while the deletion was asked."""

from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.consumers.handlers import HANDLERS
from matching_service.use_cases.deleted_patients import forget_words_about
from matching_service.use_cases.placement_requests import forget_requests_of_patient
from matching_service.use_cases.search_moves import abandon_search_of_deleted_patient
from matching_service.wiring import Wiring
from shared.events.envelope import Event


@HANDLERS.reaction("patient.deleted", alone=True)
def abandon_search(session: Session, event: Event, _wiring: Wiring, now: datetime) -> None:
    forget_requests_of_patient(session, event.data["patient_id"])
    abandon_search_of_deleted_patient(session, event.data["patient_id"], now)
    forget_words_about(session, event.data["patient_id"])
