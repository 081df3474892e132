"""Whether the matching service still needs a patient."""

from dataclasses import dataclass

from shared.http.service_client import ServiceClient, ServiceRefused, ServiceUnavailable


@dataclass(frozen=True)
class SearchAnswer:
    """What matching said, or what kept it from saying anything; decided upon only when needed."""

    search_id: int | None = None
    silence: ServiceUnavailable | ServiceRefused | None = None

    def unfinished_search(self) -> int | None:
        """The id of the patient's unfinished search. Raises what kept matching from answering."""
        if self.silence is not None:
            raise self.silence
        return self.search_id


class Matching:
    def __init__(self, matching: ServiceClient) -> None:
        self._matching = matching

    def ask_about(self, patient_id: int) -> SearchAnswer:
        """Never raises."""
        try:
            return SearchAnswer(self.unfinished_search_of(patient_id))
        except (ServiceUnavailable, ServiceRefused) as silence:
            return SearchAnswer(silence=silence)

    def unfinished_search_of(self, patient_id: int) -> int | None:
        """The id of the patient's unfinished search. Raises ServiceUnavailable, ServiceRefused."""
        found = self._matching.get(
            f"/api/v2/patient-searches?patient_id={patient_id}&unfinished=true"
        )
        return int(found["data"][0]["id"]) if found["data"] else None
