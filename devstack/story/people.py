"""How the people of the region come in: therapists as the scraper's files, patients by REST."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from devstack.progress import Step
from devstack.region import Region, patients, write_scraper_files
from devstack.story.door import Door, Json, StoryFailed
from devstack.story.patience import LONG, for_each, wait_until_all

THERAPISTS = "/api/v2/therapists"
PATIENTS = "/api/v2/patients"
IMPORTS = "/api/v2/scraper-imports"

Attempt = tuple[int, str]  # a failed import, and when it failed


def import_therapists(door: Door, folder: Path, region: Region, step: Step) -> None:
    """A file that was imported before is not imported again; one that failed gets its chance."""
    step.update("Dateien des Scrapers schreiben …")
    files = {str(file.relative_to(folder)) for file in write_scraper_files(folder, region)}
    failed_before = {_attempt(one) for one in _imports(door, files) if one["status"] == "failed"}
    door.post(f"{IMPORTS}/trigger", {})
    _wait(step, len(files), lambda: door.total(IMPORTS))
    _wait(step, len(files), lambda: _imported(door, files, failed_before))


def create_patients(door: Door, region: Region, step: Step) -> list[int]:
    """Ids in the order of the sample; who is there already is not created again."""
    bodies = patients(region, datetime.now(UTC).date())
    known = {_origin(patient): int(patient["id"]) for patient in door.every(PATIENTS)}

    def create(body: Json) -> int:
        if _origin(body) in known:
            return known[_origin(body)]
        key = " ".join(_origin(body))
        return int(door.post(PATIENTS, body, key=key)["id"])

    return for_each(step, "Patienten", bodies, create)


def wait_for_matching(door: Door, step: Step) -> None:
    """Matching hears of therapists by event; a preview names each one that it knows."""
    there = door.total(THERAPISTS)
    inactive = there - door.total(THERAPISTS, status="aktiv")
    wait_until_all(step, "Therapeuten", there + inactive, lambda: _known(door))


def _wait(step: Step, files: int, count: Callable[[], int]) -> None:
    """A file is one transaction, and in a large region it holds ten thousand therapists."""
    wait_until_all(step, "Dateien", files, count, patience=LONG)


def _imported(door: Door, files: set[str], failed_before: set[Attempt]) -> int:
    imports = _imports(door, files)
    for one in imports:
        if one["status"] == "failed" and _attempt(one) not in failed_before:
            raise StoryFailed(f"Der Import von {one['file']} ist gescheitert: {one['error']}")
    return len({one["file"] for one in imports if one["status"] == "finished"})


def _imports(door: Door, files: set[str]) -> list[Json]:
    return [one for one in door.every(IMPORTS) if one["file"] in files]


def _attempt(one: Json) -> Attempt:
    return one["id"], one["finished_at"]


def _origin(patient: Json) -> tuple[str, str]:
    return str(patient["source"]), str(patient["external_id"])


def _known(door: Door) -> int:
    """The inactive count twice: once for being known, once for being known as inactive."""
    plan = door.post("/api/v2/therapist-bundles/preview", {"max_bundles": 1})
    bundles, skipped = list(plan["bundles"]), list(plan["skipped"])
    inactive = sum(bool(one["reason"] == "blocked") for one in skipped)
    return len(bundles) + len(skipped) + inactive
