"""The scraper's files, as soon as they lie in the folder."""

from datetime import datetime

import structlog

from shared.db import Database
from shared.events.consumer import is_transient
from therapist_service.domain.scrape import UnreadableFile
from therapist_service.gateways.files import LARGEST_FILE_BYTES, FoundFile
from therapist_service.use_cases import scraper_imports
from therapist_service.use_cases.read_scrape import Scrape, read_scrape
from therapist_service.use_cases.therapist_rows import Author
from therapist_service.wiring import Wiring

IMPORTER = "import"

log = structlog.get_logger()


def import_scrapes(database: Database, wiring: Wiring, now: datetime) -> int:
    """All unprocessed files in time order, each in a transaction of its own.

    Returns how many were dealt with; stops where another importer is at work.
    """
    found = wiring.scraper_files.found()
    with database.transaction() as session:
        files = scraper_imports.unprocessed(session, found)
    for done, file in enumerate(files):
        if not _deal_with(database, wiring, file, now):
            return done
    return len(files)


def _deal_with(database: Database, wiring: Wiring, file: FoundFile, now: datetime) -> bool:
    """False when it is not our turn."""
    content = wiring.scraper_files.read(file.name)
    if content is None:
        return True
    with database.transaction() as session:
        import_id = scraper_imports.begin_import(session, file, content)
    if import_id is None:
        return True
    try:
        return _import(database, wiring, import_id, _read(content), now)
    except Exception as error:
        if is_transient(error):
            raise
        _give_up(database, import_id, file, error)
        return True


def _read(content: bytes) -> Scrape:
    if len(content) > LARGEST_FILE_BYTES:
        raise UnreadableFile("too_large")
    return read_scrape(content)


def _import(
    database: Database, wiring: Wiring, import_id: int, scrape: Scrape, now: datetime
) -> bool:
    places = wiring.places.locate_all(listing.plz for listing in scrape.listings)
    author = Author(IMPORTER, now, wiring.mailbox_secret)
    with database.transaction() as session:
        return scraper_imports.finish_import(session, import_id, scrape, places, author)


def _give_up(database: Database, import_id: int, file: FoundFile, error: Exception) -> None:
    """The file is reported and the next one gets its chance; staff can have it tried again."""
    readable = not isinstance(error, UnreadableFile)
    log.warning("import_failed", file=file.name, exc_info=error if readable else None)
    code = f"unexpected: {type(error).__name__}" if readable else str(error)
    with database.transaction() as session:
        scraper_imports.fail_import(session, import_id, code)
