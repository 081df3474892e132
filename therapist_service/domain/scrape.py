"""The scraper's files: three shapes, one list of listings and rejections."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from therapist_service.domain.json_spans import (
    DuplicateKey,
    Malformed,
    Span,
    UnreadableNumber,
    decoded,
    document,
    elements,
    encoding_fault,
    members,
    once_each,
)
from therapist_service.domain.scraped_record import (
    RecordError,
    ScrapedTherapist,
    read_name,
    read_record,
)

MOST_RECORDS = 200_000
LARGEST_RECORD_BYTES = 64 * 1024
_DEEPEST = 16
_MOST_NAMES = 100


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
    """The records of a file are read when they are asked for, so that never all are in memory.

    Their index counts from 0, over all its lists.
    """

    scrape_id: str | None
    _content: bytes = field(repr=False)
    _records: Sequence[tuple[Kind, Span]] = field(repr=False)

    def __len__(self) -> int:
        return len(self._records)

    def names(self) -> Iterator[tuple[Kind, Mapping[str, object]]]:
        """Of all whose name can be read. Raises UnreadableFile at a record that is no JSON."""
        for kind, span in self._records:
            with suppress(RecordError):
                yield kind, read_name(_record(self._content, span))

    def entries(self, first: int = 0, end: int | None = None) -> Iterator[Listing | Rejection]:
        for index, (kind, span) in enumerate(self._records[first:end], start=first):
            yield _entry(index, kind, self._content, span)


class UnreadableFile(ValueError):
    """The document has none of the three shapes; `str()` is the code."""


def read_file(content: bytes) -> ScrapeFile:
    """Raises UnreadableFile."""
    try:
        return _read_file(content)
    except DuplicateKey as error:
        raise UnreadableFile(f"duplicate_key: {error}") from None
    except Malformed:
        raise UnreadableFile(_fault(content, "not_json")) from None


_DIFF_LISTS = {
    "additions": Kind.ADDITION,
    "modifications": Kind.MODIFICATION,
    "deletions": Kind.DELETION,
}


def _read_file(content: bytes) -> ScrapeFile:
    sections = _members(content, document(content))
    if sections is None:
        raise UnreadableFile(_fault(content, "not_an_object"))
    records = list(islice(_records(content, sections), MOST_RECORDS + 1))
    if len(records) > MOST_RECORDS:
        raise UnreadableFile("too_many_records")
    return ScrapeFile(_scrape_id(content, sections), content, records)


def _records(content: bytes, sections: Mapping[str, Span]) -> Iterator[tuple[Kind, Span]]:
    if "therapists" in sections:
        yield from _list(content, sections, "therapists", Kind.SNAPSHOT)
        return
    diff = _members(content, sections["changes"]) if "changes" in sections else sections
    if diff is None or not _DIFF_LISTS.keys() & diff.keys():
        raise UnreadableFile("unknown_shape")
    for name, kind in _DIFF_LISTS.items():
        yield from _list(content, diff, name, kind)


def _list(
    content: bytes, holder: Mapping[str, Span], name: str, kind: Kind
) -> Iterator[tuple[Kind, Span]]:
    span = holder.get(name)
    if span is None or content.startswith(b"null", span.start):
        return iter(())
    if not content.startswith(b"[", span.start):
        raise UnreadableFile(f"{name}_not_a_list")
    return ((kind, element) for element in elements(content, span))


def _entry(index: int, kind: Kind, content: bytes, span: Span) -> Listing | Rejection:
    try:
        return Listing(index, kind, read_record(_record(content, span)))
    except RecordError as error:
        return Rejection(index, str(error))


def _fault(content: bytes, otherwise: str) -> str:
    return "not_utf8" if encoding_fault(content) else otherwise


def _record(content: bytes, span: Span) -> object:
    if span.size > LARGEST_RECORD_BYTES:
        raise RecordError("", "too_large")
    if span.depth > _DEEPEST:
        raise RecordError("", "nested_too_deeply")
    try:
        return decoded(content, span)
    except DuplicateKey as error:
        raise RecordError("", f"duplicate_key: {error}") from None
    except UnreadableNumber:
        raise RecordError("", "unreadable_number") from None
    except Malformed:
        raise UnreadableFile(_fault(content, "not_json")) from None


def _members(content: bytes, span: Span) -> dict[str, Span] | None:
    """None for what is no object."""
    if not content.startswith(b"{", span.start):
        return None
    found = list(islice(members(content, span), _MOST_NAMES + 1))
    if len(found) > _MOST_NAMES:
        raise UnreadableFile("unknown_shape")
    return once_each(found)


def _scrape_id(content: bytes, sections: Mapping[str, Span]) -> str | None:
    """Of the metadata if there are any; what nobody could read is no id."""
    named = _members(content, sections["metadata"]) if "metadata" in sections else sections
    span = (named or {}).get("scrape_id")
    if span is None or span.size > LARGEST_RECORD_BYTES or span.depth:
        return None
    try:
        scrape_id = decoded(content, span)
    except UnreadableNumber:
        return None
    return None if scrape_id is None else str(scrape_id)
