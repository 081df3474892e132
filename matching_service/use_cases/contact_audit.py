"""Every night somebody looks whether the contact law was kept, and does not ask the law itself."""

from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.storage.audit_tables import ContactAudit
from matching_service.storage.contact_audits import audit, audited, latest_audit
from matching_service.use_cases.tasks import open_task
from shared.contracts.berlin import BERLIN

_FROM_HOUR = 3  # past the hour that is skipped or comes twice when the clocks change
VIOLATION = "contact_violation"


def audit_contacts(session: Session, now: datetime) -> ContactAudit | None:
    """Once per Berlin night, or later that day if nobody worked at night; None when not due.

    A register only grows, so what was found stays: a task tells of what was not there last night.
    """
    here = now.astimezone(BERLIN)
    if here.hour < _FROM_HOUR or audited(session, here.date()):
        return None
    found = audit(session, here.date(), now)
    if found is None:
        return None
    last = latest_audit(session, before=found.night)
    if found.violations > (last.violations if last else 0):
        counts: dict[str, object] = {"violations": found.violations, "checked": found.checked}
        open_task(session, VIOLATION, found.id, now, counts, about=ContactAudit.__tablename__)
    return found
