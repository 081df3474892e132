"""Every file of the scraper is imported once, in the order in which the files were written.

A row in the register says what became of a file and how far its import has come. Batch by batch,
records and progress commit together: when an importer dies, the next one goes on behind the last
batch. Whose turn it is is asked for every batch, so that two importers never do the same.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from enum import Enum

from sqlalchemy import func
from sqlalchemy.orm import Session

from therapist_service.domain.scrape_files import FoundFile, written_at
from therapist_service.gateways.places import Place
from therapist_service.storage import queries
from therapist_service.storage import scraper_imports as register
from therapist_service.storage.tables import ScraperImport
from therapist_service.use_cases.import_scrape import Origin, Report, import_records
from therapist_service.use_cases.read_scrape import Scrape
from therapist_service.use_cases.therapist_rows import Author

TOGETHER = 500
"""So many records are locked and written in one transaction."""

MOST_REPORTED = 1_000
"""Rejections and remarks that a report holds one by one; its counts are always complete."""


class ScraperImportNotFound(Exception):
    pass


class Progress(Enum):
    MORE = "more"
    DONE = "done"
    NOT_OUR_TURN = "not our turn"


def unprocessed(session: Session, found: Iterable[FoundFile]) -> list[FoundFile]:
    """The scraper's files that are new or have changed, oldest first."""
    dated = [(moment, file.name, file) for file in found if (moment := written_at(file.name))]
    ended = register.ended_versions(session, [name for _, name, _ in dated])
    return [file for _, _, file in sorted(dated, key=lambda entry: entry[:2]) if file not in ended]


def give_up_vanished(session: Session, found: Collection[FoundFile]) -> None:
    """Nobody can go on with an import whose file has gone or is another one by now.

    Only when it is our turn: nobody is writing a batch of it meanwhile.
    """
    if queries.take_import_turn(session):
        register.give_up_vanished(session, found, "file_gone")


def begin_import(session: Session, file: FoundFile, content: bytes) -> int | None:
    """The id of the import; None when this content of this file has been dealt with before."""
    content_hash = hashlib.sha256(content).hexdigest()
    known = register.registered(session, file, content_hash, Report().counts)
    if known.status == register.FAILED:
        known.status, known.error, known.finished_at = register.RUNNING, None, None
    return known.id if known.status == register.RUNNING else None


def import_batch(
    session: Session, import_id: int, scrape: Scrape, places: Mapping[str, Place], author: Author
) -> Progress:
    """Writes the next therapists of the file."""
    if not queries.take_import_turn(session):
        return Progress.NOT_OUR_TURN
    running = register.running(session, import_id)
    if running is None:
        return Progress.DONE
    entries = scrape.entries(running.processed, running.processed + TOGETHER)
    report = import_records(session, _origin(running, scrape, places), entries, author)
    running.total, running.scrape_id = len(scrape), scrape.scrape_id
    running.processed += len(entries)
    _record(running, report)
    if running.processed < running.total:
        return Progress.MORE
    running.status, running.finished_at = register.FINISHED, func.clock_timestamp()
    return Progress.DONE


def fail_import(session: Session, import_id: int, error: str) -> None:
    """`error` is a code; batches that were written before it stay written."""
    register.fail(session, import_id, error)


def look_again(session: Session) -> None:
    """The worker looks at its storage within seconds, and takes up once more what failed."""
    register.forget_failures(session)
    register.look_now(session)


def read_import(session: Session, import_id: int) -> ScraperImport:
    """Raises ScraperImportNotFound."""
    found = register.scraper_import(session, import_id)
    if found is None:
        raise ScraperImportNotFound
    return found


def _origin(running: ScraperImport, scrape: Scrape, places: Mapping[str, Place]) -> Origin:
    return Origin(scrape, written_at(running.file) or _LONG_AGO, places)


def _record(running: ScraperImport, report: Report) -> None:
    running.counts = {name: running.counts[name] + more for name, more in report.counts.items()}
    rejected = [asdict(rejection) for rejection in report.rejected]
    remarks = [asdict(remark) for remark in report.remarks]
    running.rejected = [*running.rejected, *rejected][:MOST_REPORTED]
    running.remarks = [*running.remarks, *remarks][:MOST_REPORTED]


_LONG_AGO = datetime.min.replace(tzinfo=UTC)
