"""What others know about a mail that somebody writes; asked before its transaction begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from communication_service.domain.personal_traces import PersonalData, traces_in
from communication_service.gateways.matching import Matching
from communication_service.gateways.people import (
    People,
    Recipient,
    read_personal_data,
    read_recipient,
)
from communication_service.use_cases.mail_errors import WrongMailFields


@dataclass(frozen=True)
class Occasion:
    """`patient_of` the requests, the oldest first; `offered` are those who still exist."""

    therapist: Mapping[str, Any]
    patient_of: Mapping[int, int]
    offered: tuple[PersonalData, ...]

    @property
    def recipient(self) -> Recipient:
        return read_recipient(self.therapist)


def find_occasion(
    therapist_id: int,
    request_ids: Mapping[str, int],
    people: People,
    matching: Matching,
) -> Occasion:
    """`request_ids` by the field that names each. Raises WrongMailFields, ServiceUnavailable,
    ServiceRefused."""
    therapist = people.therapist(therapist_id)
    if therapist is None:
        raise WrongMailFields({"therapist_id": "not_found"})
    patient_of: dict[int, int] = {}
    for field, request_id in request_ids.items():
        request = matching.placement_request(request_id)
        if request is None:
            raise WrongMailFields({field: "not_found"})
        if request.therapist_id != therapist_id:
            raise WrongMailFields({field: "other_therapist"})
        patient_of[request.id] = request.patient_id
    patients = people.patients(sorted(set(patient_of.values()))) if patient_of else {}
    offered = tuple(read_personal_data(patient) for patient in patients.values())
    return Occasion(therapist, dict(sorted(patient_of.items())), offered)


def gives_away(occasion: Occasion, words: Sequence[str]) -> bool:
    """Whether any of the words tells who an offered patient is."""
    reader = occasion.recipient.name
    return any(traces_in(one, patient, reader) for one in words for patient in occasion.offered)
