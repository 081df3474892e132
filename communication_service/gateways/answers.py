"""The inquiry behind a practice's link, and the practice's answer to it: both are matching's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from communication_service.domain.answer_links import mailbox_mark
from communication_service.domain.answer_page import (
    AskedPatient,
    AskedTherapist,
    Outcome,
    RowStatus,
)
from shared.http.service_client import ServiceClient, ServiceFailed, ServiceRefused

_CHANGED = (404, 409, 422)


@dataclass(frozen=True)
class AskedInquiry:
    """`patients` in their order, with those who have left."""

    id: int
    therapist_id: int
    state: str
    response_date: datetime | None
    patients: tuple[AskedPatient, ...]


@dataclass(frozen=True)
class RecordedAnswer:
    """`next_contactable_date`: until then the practice is left in peace."""

    inquiry: AskedInquiry
    next_contactable_date: date | None


class AnswerRefused(Exception):
    """The inquiry is no longer what the page has shown."""


class Answers:
    """Every call may raise ServiceUnavailable or ServiceRefused."""

    def __init__(self, matching: ServiceClient) -> None:
        self._matching = matching

    def inquiry(self, bundle_id: int) -> AskedInquiry | None:
        try:
            return _inquiry(self._matching.get(f"/api/v2/therapist-bundles/{bundle_id}"))
        except ServiceRefused as refusal:
            if refusal.slug == "not-found":
                return None
            raise

    def record(
        self, bundle_id: int, responses: list[dict[str, Any]], therapist_id: int
    ) -> RecordedAnswer:
        """The same way as staff's. Raises AnswerRefused."""
        path = f"/api/v2/therapist-bundles/{bundle_id}/response"
        body = {"channel": "portal", "responses": responses}
        try:
            answer = self._matching.put(path, body, acting_for=f"therapist:{therapist_id}")
        except ServiceFailed:
            raise
        except ServiceRefused as refusal:
            if refusal.status in _CHANGED:
                raise AnswerRefused(refusal.slug) from None
            raise
        day = answer["next_contactable_date"]
        return RecordedAnswer(_inquiry(answer["bundle"]), date.fromisoformat(day) if day else None)


def read_asked_therapist(document: Mapping[str, Any]) -> AskedTherapist:
    return AskedTherapist(
        status=document["status"],
        opted_out=document["kein_kontakt"] is not None,
        mailbox=mailbox_mark(document["mailbox_key"]),
    )


def _inquiry(document: Mapping[str, Any]) -> AskedInquiry:
    answered = document["response_date"]
    return AskedInquiry(
        id=document["id"],
        therapist_id=document["therapist_id"],
        state=document["state"],
        response_date=datetime.fromisoformat(answered) if answered else None,
        patients=tuple(
            AskedPatient(
                row["search_id"],
                row["patient_id"],
                RowStatus(row["status"]),
                Outcome(row["outcome"]) if row["outcome"] else None,
                row["outcome_notes"],
                row["distance_km"],
            )
            for row in sorted(document["patients"], key=lambda row: int(row["position"]))
        ),
    )
