"""The folder into which the scraper lays its files."""

from dataclasses import dataclass
from pathlib import Path

LARGEST_FILE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class FoundFile:
    """`name` is the path below the folder; size and time tell that it has not been touched."""

    name: str
    size: int
    modified_ns: int


class ScraperFiles:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def found(self) -> list[FoundFile]:
        """Every JSON file below the folder; none when the folder does not exist (yet)."""
        looked_at = (self._look(path) for path in self._folder.rglob("*.json"))
        return [file for file in looked_at if file is not None]

    def read(self, name: str) -> bytes | None:
        """At most one byte more than the largest file; None when it has gone meanwhile."""
        try:
            with (self._folder / name).open("rb") as file:
                return file.read(LARGEST_FILE_BYTES + 1)
        except OSError:
            return None

    def _look(self, path: Path) -> FoundFile | None:
        name = path.relative_to(self._folder).as_posix()
        # A name that is no text could not be written into the register.
        if path.is_symlink() or not path.is_file() or not name.isprintable():
            return None
        facts = path.stat()
        return FoundFile(name, facts.st_size, facts.st_mtime_ns)
