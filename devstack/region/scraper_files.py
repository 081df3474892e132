"""The therapists of a region as the scraper would have left them: three file shapes."""

import json
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from devstack.region.region import Region
from devstack.region.therapists import Record, therapists


def write_scraper_files(folder: Path, region: Region) -> list[Path]:
    """The same region gives the same bytes, so that a second import has nothing to do."""
    return [
        _write(folder / name, document)
        for name, document in sorted(_documents(therapists(region)).items())
    ]


_FIRST_DIFF = "therapists_20261001_030000.json"
_SNAPSHOT_DAY = "2026-10-15"
_SECOND_DIFF = "therapists_20261101_030000.json"

_CORRECTED = 10
_GONE = 2


@dataclass(frozen=True)
class _Split:
    """A third of the therapists for each shape."""

    first_diff: list[Record]
    second_diff: list[Record]
    snapshots: list[Record]


def _documents(records: list[Record]) -> dict[str, object]:
    third = len(records) // 3
    split = _Split(records[:third], records[third : 2 * third], records[2 * third :])
    corrected = [record for record in split.first_diff if record["telephone_hours"]][:_CORRECTED]
    return {
        _FIRST_DIFF: _flat_diff(split.first_diff, corrected),
        _SECOND_DIFF: _diff_with_metadata(split, corrected),
        **_snapshots(split.snapshots),
    }


def _flat_diff(records: list[Record], corrected: list[Record]) -> dict[str, object]:
    """Before their correction, records had no phone hours."""
    early = [_without_hours(record) if record in corrected else record for record in records]
    return {
        "timestamp": "2026-10-01T03:00:00Z",
        "scrape_id": "sample-2026-10-01",
        "additions": early + _unusable(records[0]),
        "modifications": [],
        "deletions": [],
    }


def _diff_with_metadata(split: _Split, corrected: list[Record]) -> dict[str, object]:
    changes = {
        "additions": split.second_diff,
        "modifications": corrected,
        "deletions": split.first_diff[-_GONE:],
    }
    return {
        "metadata": {"scrape_id": "sample-2026-11-01", "timestamp": "2026-11-01T03:00:00Z"},
        "changes": changes,
        "statistics": {name: len(records) for name, records in changes.items()},
    }


def _snapshots(records: list[Record]) -> dict[str, object]:
    by_postcode: dict[str, list[Record]] = {}
    for record in records:
        by_postcode.setdefault(record["location"]["postal_code"], []).append(record)
    return {
        f"{_SNAPSHOT_DAY}/{plz}.json": {"therapists": members}
        for plz, members in by_postcode.items()
    }


def _without_hours(record: Record) -> Record:
    return {**record, "telephone_hours": {}}


def _unusable(record: Record) -> list[Record]:
    """Two records that no importer can take: no surname, and a postcode that is none."""
    nameless, placeless = deepcopy(record), deepcopy(record)
    nameless["basic_info"]["last_name"] = ""
    placeless["location"]["postal_code"] = "unbekannt"
    return [nameless, placeless]


def _write(path: Path, document: object) -> Path:
    """Atomically: an importer that looks at the same moment sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".json.part")
    unfinished.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return unfinished.replace(path)
