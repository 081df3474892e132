"""Searches are opened and practices asked on their behalf."""

from dataclasses import dataclass

from devstack.progress import Step
from devstack.region import Region
from devstack.story.door import Door, Json, Refused
from devstack.story.patience import for_each, wait_until_all
from devstack.story.people import PATIENTS

SEARCHES = "/api/v2/patient-searches"
BUNDLES = "/api/v2/therapist-bundles"

_BUNDLES_IN_THE_WAVE = 30


@dataclass(frozen=True)
class Unqualified:
    """A patient for whom no search could be opened, and every reason why."""

    patient_id: int
    reasons: tuple[str, ...]


def open_searches(door: Door, patient_ids: list[int], step: Step) -> list[Unqualified]:
    """One search per patient, whatever has become of it since."""
    searching = {search["patient_id"] for search in door.every(SEARCHES)}
    without = [patient_id for patient_id in patient_ids if patient_id not in searching]
    opened = for_each(step, "Platzsuchen", without, lambda patient: _open(door, patient))
    unfinished = door.total(SEARCHES, unfinished="true")
    wait_until_all(
        step,
        "Patienten auf der Suche",
        unfinished,
        lambda: door.total(PATIENTS, status="auf der Suche"),
    )
    return [refused for refused in opened if refused is not None]


def send_wave(door: Door, region: Region, step: Step) -> list[int]:
    """Ids of the wave's inquiries; the same wave, however often it is asked for."""
    step.update("Bündel planen und anlegen …")
    order = {"max_bundles": _BUNDLES_IN_THE_WAVE, "send": True}
    wave = door.post(f"{BUNDLES}/create", order, key=f"sample wave {region.name}")
    ids = sorted(bundle["id"] for bundle in wave["bundles"])
    wait_until_all(step, "Anfragen", len(ids), lambda: _dealt_with(door, ids))
    return ids


def _open(door: Door, patient_id: int) -> Unqualified | None:
    try:
        door.post(SEARCHES, {"patient_id": patient_id}, key=f"sample search {patient_id}")
    except Refused as refused:
        if refused.slug != "not-qualified":
            raise
        return Unqualified(patient_id, _reasons(refused.document))
    return None


def _reasons(problem: Json) -> tuple[str, ...]:
    return tuple(str(point["message"]) for point in problem["unmet"])


def _dealt_with(door: Door, ids: list[int]) -> int:
    """Sent, or a draft again because there is no address to send to."""
    bundles = {bundle["id"]: bundle["state"] for bundle in door.every(BUNDLES)}
    return sum(bundles[one] != "sending" for one in ids)
