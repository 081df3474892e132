"""What matching knows of an inquiry, and its word on whether a practice may be written to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.http.service_client import (
    ServiceClient,
    ServiceFailed,
    ServiceRefused,
    ServiceUnavailable,
)

_NOT_FOUND = 404
_ANSWERS = (_NOT_FOUND, 409)
_NOT_YET = "idempotency-in-progress"
_UNFIT_ANSWERS = {
    *("already-answered", "illegal-transition", "incomplete-response", "not-found", "not-sent"),
    "validation-failed",
}


@dataclass(frozen=True)
class BundlePatient:
    """`ended`: had a place that is over. `distance_km` is None where matching could not tell."""

    search_id: int
    patient_id: int
    status: str
    ended: bool
    distance_km: float | None


@dataclass(frozen=True)
class Bundle:
    """`patients` in their order, also those for whom nobody asks any more."""

    id: int
    therapist_id: int
    state: str
    close_reason: str | None
    sent_at: datetime | None
    patients: tuple[BundlePatient, ...]


@dataclass(frozen=True)
class PlacementRequest:
    """What an old client asks of one therapist for one patient."""

    id: int
    patient_id: int
    therapist_id: int


class PermitRefused(Exception):
    """The practice must not be contacted for this now; `reason` is matching's problem slug."""

    def __init__(self, reason: str, document: Mapping[str, Any]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.document = document

    @property
    def evidence(self) -> str | None:
        """From when on it is allowed again, or a code that says why it is not."""
        told = ("next_contactable_date", "contactable_from", "why")
        return next((str(self.document[one]) for one in told if one in self.document), None)

    @property
    def quiet_until(self) -> datetime | None:
        """When the practice was written to lately: from then on it may be written to again."""
        if self.reason != "contact-too-soon":
            return None
        return datetime.fromisoformat(self.document["contactable_from"])


class AnswerRefused(Exception):
    """The answer does not fit the inquiry as it is now; `document` is matching's problem."""

    def __init__(self, slug: str, document: Mapping[str, Any]) -> None:
        super().__init__(slug)
        self.slug = slug
        self.document = document


class Matching:
    """Every call may raise ServiceUnavailable or ServiceRefused."""

    def __init__(self, matching: ServiceClient) -> None:
        self._matching = matching

    def bundle(self, bundle_id: int) -> Bundle | None:
        document = self.bundle_document(bundle_id)
        return None if document is None else _bundle(document)

    def bundle_document(self, bundle_id: int) -> Mapping[str, Any] | None:
        """Whole, for those who need more of it."""
        try:
            return self._matching.get(f"/api/v2/therapist-bundles/{bundle_id}")
        except ServiceRefused as refusal:
            if refusal.slug == "not-found":
                return None
            raise

    def placement_request(self, request_id: int) -> PlacementRequest | None:
        try:
            told = self._matching.get(f"/api/v1/placement-requests/{request_id}")
        except ServiceFailed as refusal:  # v1 refuses in words of its own
            if refusal.status == _NOT_FOUND:
                return None
            raise
        return PlacementRequest(told["id"], told["patient_id"], told["therapist_id"])

    def request_permit(
        self,
        therapist_id: int,
        purpose: str,
        bundle_id: int | None,
        *,
        acting_for: str | None = None,
        key: str | None = None,
    ) -> int:
        """The permit's id; the same one for the same inquiry and purpose, or for the same key.

        Raises PermitRefused.
        """
        wanted = {"therapist_id": therapist_id, "purpose": purpose, "inquiry_id": bundle_id}
        return int(self._ask("/api/v2/contact-permits", wanted, acting_for, key)["id"])

    def claim_permit(self, permit_id: int, *, acting_for: str | None = None) -> None:
        """To be called immediately before the contact. Raises PermitRefused."""
        self._ask(f"/api/v2/contact-permits/{permit_id}/claim", {}, acting_for)

    def record_answer(
        self, bundle_id: int, answer: dict[str, Any], *, acting_for: str | None = None
    ) -> Mapping[str, Any]:
        """What a practice said about everybody it was asked for; the same again changes nothing.

        Returns what matching has stored. Raises AnswerRefused.
        """
        path = f"/api/v2/therapist-bundles/{bundle_id}/response"
        try:
            return self._matching.put(path, answer, acting_for=acting_for)
        except ServiceFailed:
            raise
        except ServiceRefused as refusal:
            if refusal.slug in _UNFIT_ANSWERS:
                raise AnswerRefused(refusal.slug, refusal.document) from None
            raise

    def _ask(
        self, path: str, body: dict[str, Any], acting_for: str | None, key: str | None = None
    ) -> dict[str, Any]:
        try:
            return self._matching.post(path, body, acting_for=acting_for, key=key)
        except ServiceFailed:
            raise
        except ServiceRefused as refusal:
            if refusal.slug == _NOT_YET:
                raise ServiceUnavailable(refusal.slug) from None
            if refusal.status in _ANSWERS:
                raise PermitRefused(refusal.slug, refusal.document) from None
            raise


def _bundle(document: Mapping[str, Any]) -> Bundle:
    sent_date = document["sent_date"]
    return Bundle(
        id=document["id"],
        therapist_id=document["therapist_id"],
        state=document["state"],
        close_reason=document["close_reason"],
        sent_at=datetime.fromisoformat(sent_date) if sent_date else None,
        patients=tuple(
            BundlePatient(
                row["search_id"],
                row["patient_id"],
                row["status"],
                row["ended_at"] is not None,
                row["distance_km"],
            )
            for row in sorted(document["patients"], key=lambda row: int(row["position"]))
        ),
    )
