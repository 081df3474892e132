"""`make bulky-file`: how much memory an importer needs for files that are too large, or meant ill.

Each file is read by a process of its own, as the import reads it: whole from the folder, looked
at once, then taken record by record.
"""

import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path

from devstack.region.region import KOELN_AACHEN
from devstack.region.therapists import therapists
from therapist_service.domain.scrape import UnreadableFile
from therapist_service.gateways.folder import Folder
from therapist_service.use_cases.read_scrape import read_scrape
from therapist_service.use_cases.scraper_imports import TOGETHER

MEGABYTE = 10**6
BATCHES = 20
NAME = "therapists_20261101_030000.json"


def main() -> None:
    print(f"before any file: {_own_peak_mb():.0f} MB\n")
    print("| file | size | outcome | peak memory | seconds |\n|---|---:|---|---:|---:|")
    for name, megabytes, piece in _files():
        with tempfile.TemporaryDirectory(prefix="bulky-") as folder:
            size = _write(Path(folder) / NAME, piece, megabytes * MEGABYTE)
            outcome, peak, seconds = _in_a_process_of_its_own(Path(folder))
        row = (name, f"{size / MEGABYTE:.0f} MB", outcome, f"{peak:.0f} MB", f"{seconds:.1f}")
        print(f"| {' | '.join(row)} |", flush=True)


def _files() -> Iterable[tuple[str, int, bytes]]:
    """Megabytes, and what is repeated until they are full."""
    people = (json.dumps(one, ensure_ascii=False) for one in therapists(KOELN_AACHEN))
    yield "therapists, too many", 200, ",".join(people).encode()
    people = (json.dumps(one, ensure_ascii=False) for one in therapists(KOELN_AACHEN))
    yield "therapists", 60, ",".join(people).encode()
    yield "empty records", 60, b"{}"
    yield "one record of empty lists", 60, b"[" + b"[]," * 10_000_000 + b"[]]"
    yield "one text of quotation marks", 60, b'"' + b'\\"' * 29_000_000 + b'"'
    yield "brackets that nobody closes", 60, b"[" * 1_000_000


def _write(path: Path, piece: bytes, size: int) -> int:
    with path.open("wb") as file:
        file.write(b'{"additions": [' + piece)
        block = (b"," + piece) * max(1, MEGABYTE // len(piece))
        while file.tell() + len(block) <= size:
            file.write(block)
        file.write(b"]}")
        return file.tell()


def _in_a_process_of_its_own(folder: Path) -> tuple[str, float, float]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_read, args=[folder, there])
    process.start()
    found: tuple[str, float, float] = here.recv()
    process.join()
    return found


def _read(folder: Path, answer: Connection) -> None:
    began = time.perf_counter()
    outcome = _outcome(folder)
    answer.send((outcome, _own_peak_mb(), time.perf_counter() - began))


def _outcome(folder: Path) -> str:
    try:
        scrape = read_scrape(Folder(folder).read(NAME) or b"")
    except UnreadableFile as error:
        return str(error)
    batches = range(0, min(len(scrape), BATCHES * TOGETHER), TOGETHER)
    read = sum(len(scrape.entries(first, first + TOGETHER)) for first in batches)
    return f"{len(scrape):,} records, {read:,} of them read"


def _own_peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
