"""The register of the scraper's files."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from therapist_service.storage.tables import ScraperImport

RUNNING, FINISHED, FAILED = "running", "finished", "failed"


def scraper_imports() -> "Select[Any]":
    return select(ScraperImport)


def scraper_import(session: Session, import_id: int) -> ScraperImport | None:
    return session.get(ScraperImport, import_id)


def ended_versions(session: Session, files: Collection[str]) -> set[tuple[str, int, int]]:
    """(file, size, modified_ns) of what needs no second look."""
    row = ScraperImport
    rows = select(row.file, row.file_size, row.modified_ns).where(
        row.file.in_(files), row.status != RUNNING
    )
    return {(file, size, modified) for file, size, modified in session.execute(rows)}


def registered(
    session: Session, *, file: str, content_hash: str, size: int, modified_ns: int, counts: Any
) -> ScraperImport:
    """The import of this content, running if the content is new.

    Waits for nobody: the row of an import that is under way is read, not written.
    """
    key = {"file": file, "content_hash": content_hash}
    seen = {"file_size": size, "modified_ns": modified_ns}
    new = insert(ScraperImport).values(
        **key, **seen, status=RUNNING, started_at=func.clock_timestamp(), counts=counts
    )
    session.execute(new.on_conflict_do_nothing())
    known = session.scalars(select(ScraperImport).filter_by(**key)).one()
    if known.status != RUNNING and known.modified_ns != modified_ns:
        known.modified_ns = modified_ns
    return known


def finished_files(session: Session) -> set[str]:
    rows = select(ScraperImport.file).where(ScraperImport.status == FINISHED)
    return set(session.scalars(rows))


def locked_running(session: Session, import_id: int) -> ScraperImport | None:
    rows = select(ScraperImport).where(
        ScraperImport.id == import_id, ScraperImport.status == RUNNING
    )
    return session.scalar(rows.with_for_update())


def fail(session: Session, import_id: int, error: str) -> None:
    session.execute(
        update(ScraperImport)
        .where(ScraperImport.id == import_id, ScraperImport.status == RUNNING)
        .values(status=FAILED, error=error, finished_at=func.clock_timestamp())
    )


def forget_failures(session: Session) -> None:
    """Files that failed count as unseen, if they are still there."""
    session.execute(
        update(ScraperImport).where(ScraperImport.status == FAILED).values(modified_ns=0)
    )
