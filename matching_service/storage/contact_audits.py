"""The nightly look at the register of contacts, and what it found."""

from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from matching_service.storage.audit_tables import ContactAudit

# Counts and claim are one statement: who comes second waits for the first and then adds nothing.
_CHECKED = """
    (SELECT count(*) FROM mailbox_block
     WHERE purpose IN ('inquiry', 'reminder', 'v1_batch', 'call'))
"""
_VIOLATIONS = "(SELECT count(*) FROM contact_violation)"


def audited(session: Session, night: date) -> bool:
    return session.scalar(select(ContactAudit.id).where(ContactAudit.night == night)) is not None


def audit(session: Session, night: date, now: datetime) -> ContactAudit | None:
    """None when somebody else has looked at this night's register."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    counts = {"checked": text(_CHECKED), "violations": text(_VIOLATIONS)}
    row = insert(ContactAudit).values(night=night, ran_at=now, **counts)
    return session.scalar(
        row.on_conflict_do_nothing(constraint="uq_contact_audit_night").returning(ContactAudit)
    )


def latest_audit(session: Session, before: date | None = None) -> ContactAudit | None:
    """Of all, or of those before a night."""
    rows = select(ContactAudit).order_by(ContactAudit.night.desc()).limit(1)
    return session.scalar(rows if before is None else rows.where(ContactAudit.night < before))
