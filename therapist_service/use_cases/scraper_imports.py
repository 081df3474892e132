"""Every file of the scraper is imported once, in the order in which the files were written.

A row in the register says what became of a file. While it is `running`, the file is imported by
the one importer whose turn it is; when that one dies, its transaction takes everything along and
the next round starts the file again.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from sqlalchemy import func
from sqlalchemy.orm import Session

from therapist_service.domain.scrape_files import written_at
from therapist_service.gateways.files import FoundFile
from therapist_service.gateways.places import Place
from therapist_service.storage import queries
from therapist_service.storage import scraper_imports as register
from therapist_service.storage.tables import ScraperImport
from therapist_service.use_cases.import_scrape import Report, import_scrape
from therapist_service.use_cases.read_scrape import Scrape
from therapist_service.use_cases.therapist_rows import Author

OVERTAKEN = "overtaken_by_newer_file"


class ScraperImportNotFound(Exception):
    pass


def unprocessed(session: Session, found: Iterable[FoundFile]) -> list[FoundFile]:
    """The scraper's files that are new or have changed, oldest first."""
    dated = [(moment, file.name, file) for file in found if (moment := written_at(file.name))]
    ended = register.ended_versions(session, [name for _, name, _ in dated])
    return [
        file
        for _, _, file in sorted(dated, key=lambda entry: entry[:2])
        if (file.name, file.size, file.modified_ns) not in ended
    ]


def begin_import(session: Session, file: FoundFile, content: bytes) -> int | None:
    """The id of the import; None when this content of this file has been dealt with before."""
    known = register.registered(
        session,
        file=file.name,
        content_hash=hashlib.sha256(content).hexdigest(),
        size=file.size,
        modified_ns=file.modified_ns,
        counts=Report().counts,
    )
    if known.status == register.FAILED:
        _start_again(session, known)
    return known.id if known.status == register.RUNNING else None


def finish_import(
    session: Session, import_id: int, scrape: Scrape, places: Mapping[str, Place], author: Author
) -> bool:
    """Writes the file's therapists; False when another importer is at work."""
    if not queries.take_import_turn(session):
        return False
    running = register.locked_running(session, import_id)
    if running is not None:
        report = import_scrape(session, scrape, places, author)
        _record(running, scrape, report)
    return True


def fail_import(session: Session, import_id: int, error: str) -> None:
    """`error` is a code; nothing of the file was written."""
    register.fail(session, import_id, error)


def try_again(session: Session) -> None:
    """New files are found without being asked for; what failed is taken up once more,
    unless newer files have been imported meanwhile."""
    register.forget_failures(session)


def read_import(session: Session, import_id: int) -> ScraperImport:
    """Raises ScraperImportNotFound."""
    found = register.scraper_import(session, import_id)
    if found is None:
        raise ScraperImportNotFound
    return found


def _start_again(session: Session, failed: ScraperImport) -> None:
    """What was written before the newest import would undo its news."""
    newest = max(filter(None, map(written_at, register.finished_files(session))), default=None)
    written = written_at(failed.file)
    if newest and written and written < newest:
        failed.error = OVERTAKEN
    else:
        failed.status, failed.error, failed.finished_at = register.RUNNING, None, None


def _record(running: ScraperImport, scrape: Scrape, report: Report) -> None:
    running.status = register.FINISHED
    running.finished_at = func.clock_timestamp()
    running.scrape_id = scrape.scrape_id
    running.counts = report.counts
    running.rejected = [asdict(rejection) for rejection in report.rejected]
    running.remarks = [asdict(remark) for remark in report.remarks]
