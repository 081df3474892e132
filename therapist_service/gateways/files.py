"""What the import asks of the place where the scraper leaves its files."""

from typing import Protocol

from therapist_service.domain.scrape_files import FoundFile

LARGEST_FILE_BYTES = 64 * 1024 * 1024


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
