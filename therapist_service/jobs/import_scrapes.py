"""The scraper's files, soon after they were written."""

from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge

from shared.db import Database
from shared.events.consumer import is_transient
from therapist_service.domain.scrape import UnreadableFile
from therapist_service.domain.scrape_files import FoundFile
from therapist_service.gateways.files import StorageUnavailable
from therapist_service.storage import scraper_imports as register
from therapist_service.use_cases import scraper_imports
from therapist_service.use_cases.read_scrape import Scrape, read_scrape
from therapist_service.use_cases.scraper_imports import Progress
from therapist_service.use_cases.therapist_rows import Author
from therapist_service.wiring import Wiring

IMPORTER = "import"
REACHABLE = Gauge(
    "scraper_storage_reachable", "Ob der Speicher des Scrapers zuletzt zu lesen war (1) oder nicht"
)

log = structlog.get_logger()


def import_scrapes(database: Database, wiring: Wiring, now: datetime) -> int:
    """Imports what there is, if it is time to look; returns how many files were dealt with."""
    with database.transaction() as session:
        due = register.due_look(session)
    return 0 if due is None else _look(database, wiring, due, now)


def import_all(database: Database, wiring: Wiring, now: datetime) -> int:
    """All unprocessed files in time order, each in transactions of its own.

    Returns how many were dealt with; stops where another importer is at work. A file that cannot
    be read holds up no other. Raises StorageUnavailable, after the others.
    """
    found = wiring.scraper_files.found()
    with database.transaction() as session:
        scraper_imports.give_up_vanished(session, set(found))
        files = scraper_imports.unprocessed(session, found)
    trouble: StorageUnavailable | None = None
    for done, file in enumerate(files):
        try:
            if not _deal_with(database, wiring, file, now):
                return done
        except StorageUnavailable as unreadable:
            trouble = trouble or unreadable
    if trouble is not None:
        raise trouble
    return len(files)


def _look(database: Database, wiring: Wiring, due: datetime, now: datetime) -> int:
    dealt_with, trouble = 0, None
    try:
        dealt_with = import_all(database, wiring, now)
    except StorageUnavailable as outage:
        trouble = str(outage)
        log.warning("scraper_storage_unavailable", code=trouble)
    REACHABLE.set(trouble is None)
    with database.transaction() as session:
        every = timedelta(seconds=wiring.look_every_seconds)
        register.note_look(session, due, every, trouble)
    return dealt_with


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
        return _import(database, wiring, import_id, read_scrape(content), now)
    except Exception as error:
        if is_transient(error):
            raise
        _give_up(database, import_id, file, error)
        return True


def _import(
    database: Database, wiring: Wiring, import_id: int, scrape: Scrape, now: datetime
) -> bool:
    places = wiring.places.locate_all(scrape.plzs)
    author = Author(IMPORTER, now, wiring.mailbox_secret)
    progress = Progress.MORE
    while progress is Progress.MORE:
        with database.transaction() as session:
            progress = scraper_imports.import_batch(session, import_id, scrape, places, author)
    return progress is Progress.DONE


def _give_up(database: Database, import_id: int, file: FoundFile, error: Exception) -> None:
    """The file is reported and the next one gets its chance; staff can have it tried again."""
    readable = not isinstance(error, UnreadableFile)
    log.warning("import_failed", file=file.name, exc_info=error if readable else None)
    code = f"unexpected: {type(error).__name__}" if readable else str(error)
    with database.transaction() as session:
        scraper_imports.fail_import(session, import_id, code)
