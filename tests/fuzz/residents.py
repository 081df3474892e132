"""Who lives in the world at this moment, and who of them a request has a chance with."""

from random import Random
from typing import Any

from sqlalchemy import Engine, text

_UNFINISHED = "('active', 'paused', 'in_sessions')"

_IDS = {
    "patient_id": "SELECT id FROM patient_service.patients",
    "therapist_id": "SELECT id FROM therapist_service.therapists",
    "import_id": "SELECT id FROM therapist_service.scraper_imports",
    "search_id": "SELECT id FROM matching_service.platzsuche",
    "bundle_id": "SELECT id FROM matching_service.therapeutenanfrage",
    "inquiry_id": "SELECT id FROM matching_service.therapeutenanfrage"
    " WHERE state IN ('sending', 'sent')",
    "permit_id": "SELECT id FROM matching_service.contact_permit",
    "plan_id": "SELECT plan_id FROM matching_service.bundle_plan",
    "request_id": "SELECT id FROM matching_service.placement_requests",
    "name": "SELECT name FROM matching_service.feature_flag",
    "opt_out_id": "SELECT id FROM communication_service.contact_wish WHERE kind = 'opt_out'",
    "reply_id": "SELECT id FROM communication_service.reply",
    "mailbox_id": "SELECT id FROM communication_service.undeliverable_mailbox",
    "email_id": "SELECT id FROM communication_service.emails",
    "email_batch_id": "SELECT id FROM communication_service.email_batches",
    "call_id": "SELECT id FROM communication_service.phone_calls",
    "batch_id": "SELECT id FROM communication_service.phone_call_batches",
    "plz": "SELECT DISTINCT plz FROM patient_service.patients WHERE place_status = 'exact'",
}
_WRITTEN = "SELECT id FROM communication_service.emails WHERE purpose IN ('v1_batch', 'staff_mail')"
_AT_REST = f"{_WRITTEN} AND state IN ('DRAFT', 'QUEUED', 'FAILED')"
_WITHOUT_OPEN_INQUIRY = (
    "SELECT id FROM therapist_service.therapists WHERE id NOT IN ("
    "SELECT therapist_id FROM matching_service.therapeutenanfrage"
    " WHERE state IN ('draft', 'sending', 'sent'))"
)
_WAITING = (
    "(SELECT count(*) FROM matching_service.therapeut_anfrage_patient"
    " WHERE therapeutenanfrage_id = i.id AND status = 'pending')"
)
_WITH_A_CHANCE = {
    ("delete", "patient_id"): "SELECT id FROM patient_service.patients WHERE id NOT IN ("
    f"SELECT patient_id FROM matching_service.platzsuche WHERE status IN {_UNFINISHED})",
    ("delete", "therapist_id"): _WITHOUT_OPEN_INQUIRY,
    ("delete", "email_id"): f"{_WRITTEN} AND state IN ('DRAFT', 'QUEUED')",
    ("release", "email_id"): f"{_WRITTEN} AND state IN ('DRAFT', 'FAILED')",
    ("emails", "email_id"): f"{_WRITTEN} AND state = 'SENT'",
    ("patch", "email_id"): f"{_WRITTEN} AND state = 'DRAFT' AND purpose = 'staff_mail'"
    " AND written_text IS NOT NULL"
    " AND therapist_id IN (SELECT id FROM therapist_service.therapists)",
    ("batches", "email_id"): f"{_AT_REST} AND cardinality(placement_request_ids) < 5"
    " AND therapist_id IN (SELECT id FROM therapist_service.therapists)"
    " AND therapist_id IN (SELECT therapist_id FROM matching_service.placement_requests r"
    " WHERE r.id <> ALL (placement_request_ids))",
    ("delete", "email_batch_id"): "SELECT id FROM communication_service.email_batches"
    f" WHERE email_id IN ({_AT_REST})",
    ("emails", "therapist_id"): "SELECT id FROM therapist_service.therapists WHERE email <> ''",
    ("delete", "opt_out_id"): "SELECT id FROM communication_service.contact_wish"
    " WHERE kind = 'opt_out' AND undone_at IS NULL",
    ("confirm", "reply_id"): "SELECT id FROM communication_service.reply WHERE state = 'open'",
    ("dismiss", "reply_id"): "SELECT id FROM communication_service.reply WHERE state = 'open'",
    ("reopen", "reply_id"): "SELECT id FROM communication_service.reply WHERE state = 'dismissed'",
    ("delete", "mailbox_id"): "SELECT id FROM communication_service.undeliverable_mailbox"
    " WHERE restored_at IS NULL",
    ("merge", "therapist_id"): _WITHOUT_OPEN_INQUIRY,
    ("preview", "therapist_id"): _WITHOUT_OPEN_INQUIRY,
    ("placement-requests", "therapist_id"): "SELECT therapist_id"
    " FROM matching_service.therapist_snapshot WHERE NOT deleted",
    ("recall", "bundle_id"): "SELECT id FROM matching_service.therapeutenanfrage"
    " WHERE state = 'sending' AND sends_at > now()",
    ("override", "cooling_id"): "SELECT id FROM matching_service.mailbox_block"
    " WHERE kind = 'cooling' AND next_contactable_date > current_date AND id NOT IN"
    " (SELECT block_id FROM matching_service.cooling_override)",
    ("patient-searches", "patient_id"): "SELECT id FROM patient_service.patients"
    " WHERE vertraege_unterschrieben AND id NOT IN ("
    f"SELECT patient_id FROM matching_service.platzsuche WHERE status IN {_UNFINISHED})",
    ("permit", "therapist_id"): "SELECT therapist_id FROM matching_service.therapist_snapshot"
    " JOIN matching_service.mailbox ON mailbox.id = mailbox_id"
    " WHERE next_contactable_date IS NULL AND status = 'aktiv' AND NOT deleted",
    ("contact-requests", "search_id"): "SELECT id FROM matching_service.platzsuche"
    " WHERE status = 'active'",
    ("transitions", "search_id"): "SELECT id FROM matching_service.platzsuche"
    f" WHERE status IN {_UNFINISHED}",
    ("send", "bundle_id"): "SELECT i.id FROM matching_service.therapeutenanfrage i"
    " JOIN matching_service.mailbox m ON m.id = i.mailbox_id WHERE i.state = 'draft'"
    f" AND {_WAITING} > 2 AND coalesce(m.next_contactable_date <= current_date, true)"
    " AND NOT EXISTS (SELECT FROM matching_service.mailbox_block b"
    " WHERE b.mailbox_id = m.id AND b.quiet @> now())",
    ("cancel", "bundle_id"): "SELECT id FROM matching_service.therapeutenanfrage"
    " WHERE state = 'draft'",
    ("patch", "bundle_id"): "SELECT id FROM matching_service.therapeutenanfrage"
    " WHERE state = 'draft'",
    ("letters", "bundle_id"): "SELECT id FROM matching_service.therapeutenanfrage i"
    f" WHERE state IN ('draft', 'sending', 'sent') AND {_WAITING} > 0",
    ("response", "bundle_id"): "SELECT id FROM matching_service.therapeutenanfrage i"
    f" WHERE state IN ('sending', 'sent') AND {_WAITING} > 0",
    ("start", "call_id"): "SELECT id FROM communication_service.phone_calls"
    " WHERE status = 'scheduled' AND started_at IS NULL",
    ("complete", "call_id"): "SELECT id FROM communication_service.phone_calls"
    " WHERE status = 'scheduled' AND started_at IS NOT NULL AND bundle_id IS NULL",
    ("claim", "permit_id"): "SELECT id FROM matching_service.contact_permit"
    " WHERE claimed_at IS NULL AND revoked_at IS NULL",
}
# Once in a bundle, and free again on both sides. Many, for some have changed since beyond fitting.
_ASSIGNABLE = """
    SELECT i.therapist_id, r.platzsuche_id AS search_id
    FROM matching_service.therapeut_anfrage_patient r
    JOIN matching_service.therapeutenanfrage i ON i.id = r.therapeutenanfrage_id
    JOIN matching_service.platzsuche s ON s.id = r.platzsuche_id AND s.status = 'active'
        AND s.total_requested_contacts < 900
    JOIN matching_service.therapist_snapshot t ON t.therapist_id = i.therapist_id
        AND t.status = 'aktiv' AND NOT t.deleted AND NOT t.opted_out
    JOIN matching_service.mailbox m ON m.id = t.mailbox_id
        AND coalesce(m.next_contactable_date <= current_date, true)
    WHERE i.state = 'cancelled' AND NOT EXISTS (
        SELECT FROM matching_service.therapeutenanfrage o
        WHERE o.mailbox_id = m.id AND o.state IN ('draft', 'sending', 'sent'))
    AND NOT EXISTS (
        SELECT FROM matching_service.platzsuche_exclusion e
        WHERE e.platzsuche_id = s.id AND e.therapist_id = t.therapist_id AND e.removed_at IS NULL)
    AND NOT EXISTS (
        SELECT FROM matching_service.mailbox_block b
        WHERE b.mailbox_id = m.id AND b.quiet @> now())
    ORDER BY i.id DESC, 2 LIMIT 50
"""
_PENDING = (
    "SELECT platzsuche_id FROM matching_service.therapeut_anfrage_patient"
    " WHERE therapeutenanfrage_id = :id AND status = 'pending'"
)


_REQUESTS_TO = "SELECT id FROM matching_service.placement_requests WHERE therapist_id = :id"
_MAY_JOIN = """
    SELECT r.id FROM matching_service.placement_requests r
    JOIN communication_service.emails m ON m.therapist_id = r.therapist_id
    WHERE m.id = :id AND r.id <> ALL (m.placement_request_ids)
"""
_IS_OUT = {
    "email_id": f"{_WRITTEN} AND state = 'SENT' AND id = :id",
    "email_batch_id": "SELECT id FROM communication_service.email_batches"
    f" WHERE id = :id AND email_id IN ({_WRITTEN} AND state = 'SENT')",
}


class Residents:
    """`is_missed`: somebody with a chance was looked for, and there was none."""

    def __init__(self, admin: Engine, rng: Random) -> None:
        self._admin = admin
        self._rng = rng
        self.is_missed = False

    def one(self, kind: str, purpose: str = "") -> Any:
        """The id of somebody, if possible of one whom the purpose suits; None when nobody is."""
        found = self._ids(_WITH_A_CHANCE.get((purpose, kind), ""))
        self.is_missed |= (purpose, kind) in _WITH_A_CHANCE and not found
        found = found or self._ids(_IDS.get(kind, ""))
        return self._rng.choice(found) if found else None

    def some(self, kind: str, at_most: int, purpose: str = "") -> list[Any]:
        found = self._ids(_WITH_A_CHANCE.get((purpose, kind), _IDS[kind]))
        return self._rng.sample(found, min(len(found), self._rng.randint(0, at_most)))

    def parked_event(self, service: str) -> Any:
        found = self._ids(f"SELECT id FROM {service}.parked")
        return self._rng.choice(found) if found else None

    def assignable(self) -> dict[str, int]:
        """A therapist and a search that fit each other; empty when there are none."""
        with self._admin.connect() as connection:
            found = connection.execute(text(_ASSIGNABLE)).mappings().all()
        self.is_missed |= not found
        return dict(self._rng.choice(found)) if found else {}

    def pending_searches(self, bundle_id: int) -> list[int]:
        return self._ids(_PENDING, id=bundle_id)

    def address_of(self, therapist_id: int) -> str | None:
        query = "SELECT email FROM therapist_service.therapists WHERE id = :id"
        found = self._ids(query, id=therapist_id)
        return str(found[0]) if found else None

    def requests_to(self, therapist_id: int) -> list[int]:
        """A mail is about five at most."""
        return self._ids(_REQUESTS_TO, id=therapist_id)[:5]

    def requests_that_may_join(self, email_id: int) -> list[int]:
        return self._ids(_MAY_JOIN, id=email_id)

    def is_out(self, kind: str, one: int | None) -> bool:
        """Whether a mail, or that of a request in one, has been sent."""
        return one is not None and bool(self._ids(_IS_OUT[kind], id=one))

    def status_of(self, search_id: int) -> str | None:
        query = "SELECT status FROM matching_service.platzsuche WHERE id = :id"
        found = self._ids(query, id=search_id)
        return str(found[0]) if found else None

    def _ids(self, query: str, **values: Any) -> list[Any]:
        """In an order that is the same in every run."""
        if not query:
            return []
        with self._admin.connect() as connection:
            return list(connection.scalars(text(f"{query} ORDER BY 1"), values))
