"""Projections: what matching knows about patients and therapists."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.consumers.handlers import HANDLERS
from matching_service.use_cases.losses import Loss
from matching_service.use_cases.read_models import refresh_patients, refresh_therapists
from matching_service.wiring import Wiring
from shared.events.envelope import Event


@HANDLERS.projection("patient.created", "patient.updated", "patient.deleted")
def project_patients(
    session: Session, events: Sequence[Event], wiring: Wiring, _now: datetime
) -> None:
    refresh_patients(session, wiring.people, [e.data["patient_id"] for e in events])


@HANDLERS.projection(
    "therapist.created",
    "therapist.updated",
    "therapist.blocked",
    "therapist.unblocked",
    "therapist.deleted",
)
def project_therapists(
    session: Session, events: Sequence[Event], wiring: Wiring, now: datetime
) -> None:
    """With a merged therapist comes the survivor, whose own news may be on its way still."""
    ids = [e.data["therapist_id"] for e in events]
    survivors = [e.data["merged_into"] for e in events if e.data.get("merged_into") is not None]
    refresh_therapists(session, wiring.people, [*ids, *survivors], now, loss=_loss(events))


def _loss(events: Sequence[Event]) -> Loss | None:
    """What reactions follow from: such an event comes alone, except where all are told again."""
    match events:
        case [Event(type="therapist.blocked" | "therapist.deleted", data=data)]:
            return Loss(data["therapist_id"], data["mailbox_key"], data.get("merged_into"))
    return None
