"""The therapist service, told what a practice wants of us."""

from collections.abc import Mapping
from typing import Any

from shared.http.service_client import ServiceClient, ServiceRefused


class ContactWishes:
    def __init__(self, therapists: ServiceClient) -> None:
        self._therapists = therapists

    def tell(self, therapist_id: int, wish: Mapping[str, Any], acting_for: str) -> None:
        """Follows a merged therapist; nobody is told when there is no such therapist any more.

        Raises ServiceUnavailable or ServiceRefused.
        """
        path = f"/api/v2/therapists/{therapist_id}/contact-wishes"
        try:
            self._therapists.post(path, dict(wish), acting_for=acting_for)
        except ServiceRefused as refusal:
            if refusal.slug != "not-found":
                raise
            survivor = refusal.document.get("merged_into")
            if survivor is not None:
                self.tell(int(survivor), wish, acting_for)
