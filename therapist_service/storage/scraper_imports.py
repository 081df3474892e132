"""The register of the scraper's files."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from therapist_service.domain.scrape_files import FoundFile
from therapist_service.storage.tables import ScraperImport, ScraperStorage

RUNNING, FINISHED, FAILED = "running", "finished", "failed"


def scraper_imports() -> "Select[Any]":
    return select(ScraperImport)


def scraper_import(session: Session, import_id: int) -> ScraperImport | None:
    return session.get(ScraperImport, import_id)


def ended_versions(session: Session, files: Collection[str]) -> set[FoundFile]:
    """What needs no second look."""
    row = ScraperImport
    rows = select(row.file, row.file_size, row.modified_ns, row.etag).where(
        row.file.in_(files), row.status != RUNNING
    )
    return {FoundFile(*seen) for seen in session.execute(rows)}


def registered(
    session: Session, file: FoundFile, content_hash: str, counts: Mapping[str, int]
) -> ScraperImport:
    """The import of this content, running if the content is new.

    Waits for nobody: the row of an import that is under way is read, not written.
    """
    key = {"file": file.name, "content_hash": content_hash}
    seen = {"file_size": file.size, "modified_ns": file.modified_ns, "etag": file.etag}
    new = insert(ScraperImport).values(
        **key, **seen, status=RUNNING, started_at=func.clock_timestamp(), counts=counts
    )
    session.execute(new.on_conflict_do_nothing())
    known = session.scalars(select(ScraperImport).filter_by(**key)).one()
    if known.status != RUNNING:
        known.modified_ns, known.etag = file.modified_ns, file.etag
    return known


def running(session: Session, import_id: int) -> ScraperImport | None:
    rows = select(ScraperImport).where(
        ScraperImport.id == import_id, ScraperImport.status == RUNNING
    )
    return session.scalar(rows)


def fail(session: Session, import_id: int, error: str) -> None:
    session.execute(
        update(ScraperImport)
        .where(ScraperImport.id == import_id, ScraperImport.status == RUNNING)
        .values(status=FAILED, error=error, finished_at=func.clock_timestamp())
    )


def give_up_vanished(session: Session, found: Collection[FoundFile], error: str) -> None:
    """Imports under way of what is not found any more; if it comes back it counts as unseen."""
    for row in session.scalars(select(ScraperImport).where(ScraperImport.status == RUNNING)):
        if FoundFile(row.file, row.file_size, row.modified_ns, row.etag) not in found:
            row.status, row.error, row.modified_ns = FAILED, error, 0
            row.finished_at = func.clock_timestamp()


def forget_failures(session: Session) -> None:
    """Files that failed count as unseen, if they are still there."""
    session.execute(
        update(ScraperImport).where(ScraperImport.status == FAILED).values(modified_ns=0)
    )


def storage(session: Session) -> ScraperStorage:
    return session.scalars(select(ScraperStorage)).one()


def look_now(session: Session) -> None:
    session.execute(update(ScraperStorage).values(next_look_at=func.clock_timestamp()))


def due_look(session: Session) -> datetime | None:
    """For when a look at the storage is due, if it is."""
    due = ScraperStorage.next_look_at <= func.clock_timestamp()
    return session.scalar(select(ScraperStorage.next_look_at).where(due))


def note_look(session: Session, due: datetime, every: timedelta, trouble: str | None) -> None:
    """The next one comes after the usual time, unless somebody has asked for one meanwhile."""
    row, now = ScraperStorage, func.clock_timestamp()
    since = func.coalesce(row.trouble_since, now) if trouble else None
    next_look = case((row.next_look_at == due, now + every), else_=row.next_look_at)
    session.execute(
        update(row).values(
            looked_at=now, next_look_at=next_look, trouble=trouble, trouble_since=since
        )
    )
