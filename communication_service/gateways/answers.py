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
from communication_service.gateways.matching import Matching


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


class Answers:
    """Every call may raise ServiceUnavailable or ServiceRefused."""

    def __init__(self, matching: Matching) -> None:
        self._matching = matching

    def inquiry(self, bundle_id: int) -> AskedInquiry | None:
        document = self._matching.bundle_document(bundle_id)
        return None if document is None else _inquiry(document)

    def record(
        self, bundle_id: int, responses: list[dict[str, Any]], therapist_id: int
    ) -> RecordedAnswer:
        """The same way as staff's. Raises AnswerRefused."""
        said = {"channel": "portal", "responses": responses}
        stored = self._matching.record_answer(
            bundle_id, said, acting_for=f"therapist:{therapist_id}"
        )
        day = stored["next_contactable_date"]
        return RecordedAnswer(_inquiry(stored["bundle"]), date.fromisoformat(day) if day else None)


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
