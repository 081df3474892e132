"""The scraper's files: three shapes, one list of listings and rejections."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from therapist_service.domain.scraped_record import RecordError, ScrapedTherapist, read_record


class Kind(StrEnum):
    ADDITION = "addition"
    MODIFICATION = "modification"
    DELETION = "deletion"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True)
class Listing:
    index: int
    kind: Kind
    therapist: ScrapedTherapist


@dataclass(frozen=True)
class Rejection:
    index: int
    reason: str


@dataclass(frozen=True)
class ScrapeFile:
    """`index` counts the records of a file from 0, over all its lists."""

    scrape_id: str | None
    entries: tuple[Listing | Rejection, ...]


class UnreadableFile(ValueError):
    """The document has none of the three shapes; `str()` is the code."""


def read_file(document: object) -> ScrapeFile:
    if not isinstance(document, Mapping):
        raise UnreadableFile("not_an_object")
    entries = tuple(
        _entry(index, kind, record) for index, (kind, record) in enumerate(_records(document))
    )
    return ScrapeFile(_scrape_id(document), entries)


_DIFF_LISTS = {
    "additions": Kind.ADDITION,
    "modifications": Kind.MODIFICATION,
    "deletions": Kind.DELETION,
}


def _records(document: Mapping[str, object]) -> Iterator[tuple[Kind, object]]:
    if "therapists" in document:
        yield from _list(document, "therapists", Kind.SNAPSHOT)
        return
    diff = document.get("changes", document)
    if not isinstance(diff, Mapping) or not _DIFF_LISTS.keys() & diff.keys():
        raise UnreadableFile("unknown_shape")
    for name, kind in _DIFF_LISTS.items():
        yield from _list(diff, name, kind)


def _list(holder: Mapping[str, object], name: str, kind: Kind) -> Iterator[tuple[Kind, object]]:
    records = holder.get(name)
    if records is None:
        return iter(())
    if not isinstance(records, list):
        raise UnreadableFile(f"{name}_not_a_list")
    return ((kind, record) for record in records)


def _entry(index: int, kind: Kind, record: object) -> Listing | Rejection:
    try:
        return Listing(index, kind, read_record(record))
    except RecordError as error:
        return Rejection(index, str(error))


def _scrape_id(document: Mapping[str, object]) -> str | None:
    metadata = document.get("metadata", document)
    scrape_id = metadata.get("scrape_id") if isinstance(metadata, Mapping) else None
    return None if scrape_id is None else str(scrape_id)
