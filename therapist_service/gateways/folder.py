"""The folder into which the scraper lays its files."""

import os
from collections.abc import Iterator
from pathlib import Path

from therapist_service.domain.scrape_files import FoundFile
from therapist_service.gateways.files import LARGEST_FILE_BYTES, StorageUnavailable


class Folder:
    kind = "folder"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def found(self) -> list[FoundFile]:
        """No files when the folder does not exist (yet). Raises StorageUnavailable."""
        try:
            return [file for path in self._json_files() if (file := self._look(path))]
        except OSError as error:
            raise StorageUnavailable(type(error).__name__) from None

    def _json_files(self) -> Iterator[Path]:
        """`rglob` would be silent about a folder that it may not read."""
        for folder, _, names in os.walk(self._folder, onerror=_complain):
            yield from (Path(folder, name) for name in names if name.endswith(".json"))

    def read(self, name: str) -> bytes | None:
        try:
            with (self._folder / name).open("rb") as file:
                return file.read(LARGEST_FILE_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageUnavailable(type(error).__name__) from None

    def _look(self, path: Path) -> FoundFile | None:
        name = path.relative_to(self._folder).as_posix()
        # A name that is no text could not be written into the register.
        if path.is_symlink() or not path.is_file() or not name.isprintable():
            return None
        try:
            facts = path.stat()
        except FileNotFoundError:
            return None
        return FoundFile(name, facts.st_size, facts.st_mtime_ns)


def _complain(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
