"""What old clients ask of practices, and the peace that an answer gives; all of it in matching."""

from typing import Any

from tests.communication_service.neighbourhood import PATIENT, Neighbourhood


def placement_request(around: Neighbourhood, therapist_id: int, **patient: Any) -> int:
    """One therapist is to be asked for one patient; returns the request's id."""
    made = around.post(f"{around.patients}/api/v2/patients", {**PATIENT, **patient})
    asked = {"patient_id": made["id"], "therapist_id": therapist_id}
    return int(around.post(f"{around.matching}/api/v1/placement-requests", asked)["id"])


def patient_asked_for(around: Neighbourhood, request_id: int) -> int:
    path = f"{around.matching}/api/v1/placement-requests/{request_id}"
    return int(around.get(path)["patient_id"])


def decline(around: Neighbourhood, request_id: int) -> None:
    """The therapist's answer; the mailbox cools from now on."""
    path = f"{around.matching}/api/v1/placement-requests/{request_id}"
    around.put(path, {"status": "abgelehnt"})


def next_contactable_date(around: Neighbourhood, therapist_id: int) -> str | None:
    """As matching's register has it; None while the practice may be contacted."""
    days = [one["next_contactable_date"] for one in _coolings(around, therapist_id)]
    return max(days, default=None)


def end_cooling(around: Neighbourhood, therapist_id: int) -> None:
    """As staff do, with a reason."""
    for cooling in _coolings(around, therapist_id):
        path = f"{around.matching}/api/v2/staff/cooling-periods/{cooling['id']}/override"
        around.post(path, {"reason": "hat angerufen"})


def _coolings(around: Neighbourhood, therapist_id: int) -> list[Any]:
    path = f"{around.matching}/api/v2/staff/cooling-periods?active=true"
    return [one for one in around.get(path)["data"] if therapist_id in one["therapist_ids"]]
