"""The scraper's files as they are found, and when each was written: its name says so."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class FoundFile:
    """`name` is the path below the folder or prefix; the rest tells that nobody has touched it."""

    name: str
    size: int
    modified_ns: int
    etag: str = ""


_DIFF = re.compile(r"(?:.*/)?therapists_([0-9]{8})_([0-9]{6})\.json")
_SNAPSHOT = re.compile(r"(?:.*/)?([0-9]{4})-?([0-9]{2})-?([0-9]{2})/[0-9]{5}\.json")


def written_at(path: str) -> datetime | None:
    """None when it is none of the scraper's files. Its clock is taken as UTC: this is for order.

    `therapists_YYYYMMDD_HHMMSS.json`, or `<date>/<PLZ>.json`, which counts as the day's start.
    """
    if diff := _DIFF.fullmatch(path):
        return _moment(diff[1] + diff[2])
    if snapshot := _SNAPSHOT.fullmatch(path):
        return _moment(snapshot[1] + snapshot[2] + snapshot[3] + "000000")
    return None


def _moment(digits: str) -> datetime | None:
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
