"""Whether the matching service still needs a patient."""

from shared.http.service_client import ServiceClient


class Matching:
    def __init__(self, matching: ServiceClient) -> None:
        self._matching = matching

    def unfinished_search_of(self, patient_id: int) -> int | None:
        """The id of the patient's unfinished search. Raises ServiceUnavailable."""
        found = self._matching.get(
            f"/api/v2/patient-searches?patient_id={patient_id}&unfinished=true"
        )
        return int(found["data"][0]["id"]) if found["data"] else None
