"""Whether the matching service still needs a therapist."""

from shared.http.service_client import ServiceClient, ServiceRefused, ServiceUnavailable


class Matching:
    def __init__(self, matching: ServiceClient) -> None:
        self._matching = matching

    def open_inquiry_at(self, therapist_id: int) -> int | None:
        """The id of an inquiry that is open at the therapist. Raises ServiceUnavailable."""
        try:
            found = self._matching.get(
                f"/api/v2/therapist-bundles?therapist_id={therapist_id}&open=true"
            )
        except ServiceRefused as refusal:
            raise ServiceUnavailable(f"matching-service: {refusal.status}") from None
        return int(found["data"][0]["id"]) if found["data"] else None
