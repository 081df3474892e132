"""The nightly look at the register of contacts; its result is also a metric."""

from datetime import datetime

from prometheus_client import Gauge

from matching_service.storage.contact_audits import latest_audit
from matching_service.use_cases.contact_audit import audit_contacts
from matching_service.wiring import Wiring
from shared.db import Database

_VIOLATIONS = Gauge(
    "contact_law_violations", "Kontakte in einer Abkühlungsphase oder Ruhezeit; es darf keine geben"
)
_RAN_AT = Gauge("contact_law_audit_timestamp_seconds", "Wann zuletzt danach gesehen wurde")


def audit_contact_law(database: Database, _wiring: Wiring, now: datetime) -> int:
    """A worker that was started anew tells what the last night found."""
    with database.transaction() as session:
        audit = audit_contacts(session, now)
        known = audit or latest_audit(session)
        if known is not None:
            _VIOLATIONS.set(known.violations)
            _RAN_AT.set(known.ran_at.timestamp())
        return int(audit is not None)
