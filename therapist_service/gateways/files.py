"""What the import asks of the place where the scraper leaves its files."""

from dataclasses import dataclass
from typing import Protocol

LARGEST_FILE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class FoundFile:
    """`name` is the path below the folder or prefix; the rest tells that nobody has touched it."""

    name: str
    size: int
    modified_ns: int
    etag: str = ""


class StorageUnavailable(Exception):
    """Nothing is lost, it is tried again; `str()` is a code that quotes no address."""


class ScraperFiles(Protocol):
    kind: str

    def found(self) -> list[FoundFile]:
        """Every JSON file. Raises StorageUnavailable."""

    def read(self, name: str) -> bytes | None:
        """At most one byte more than the largest file; None when it has gone meanwhile.

        Raises StorageUnavailable.
        """
