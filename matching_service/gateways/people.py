"""Patients and therapists as their own services know them, in bulk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shared.http.service_client import ServiceClient

LARGEST_BATCH = 500


@dataclass(frozen=True)
class Found:
    """v2 objects, and the ids that nobody bears (any more)."""

    people: list[dict[str, Any]]
    missing: list[int]


class People:
    """Every call may raise ServiceUnavailable or ServiceRefused."""

    def __init__(self, patients: ServiceClient, therapists: ServiceClient) -> None:
        self._patients = patients
        self._therapists = therapists

    def patients(self, ids: Sequence[int]) -> Found:
        return _read(self._patients, "/api/v2/patients/batch-get", ids)

    def therapists(self, ids: Sequence[int]) -> Found:
        return _read(self._therapists, "/api/v2/therapists/batch-get", ids)

    def patient_ids(self, after: int, limit: int) -> list[int]:
        """Of everybody, ascending, as many as `limit`."""
        return _ids(self._patients, "/api/v2/patients", after, limit)

    def therapist_ids(self, after: int, limit: int) -> list[int]:
        return _ids(self._therapists, "/api/v2/therapists", after, limit)


def _ids(service: ServiceClient, path: str, after: int, limit: int) -> list[int]:
    return [one["id"] for one in service.get(f"{path}?after_id={after}&limit={limit}")["data"]]


def _read(service: ServiceClient, path: str, ids: Sequence[int]) -> Found:
    answers = [service.post(path, {"ids": list(some)}) for some in _batches(sorted(set(ids)))]
    return Found(
        people=[person for answer in answers for person in answer["data"]],
        missing=[missing for answer in answers for missing in answer["missing"]],
    )


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), LARGEST_BATCH):
        yield ids[start : start + LARGEST_BATCH]
