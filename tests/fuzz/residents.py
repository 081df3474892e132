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
    "email_id": "SELECT id FROM communication_service.emails",
    "plz": "SELECT DISTINCT plz FROM patient_service.patients WHERE place_status = 'exact'",
}
_WITH_A_CHANCE = {
    ("delete", "patient_id"): "SELECT id FROM patient_service.patients WHERE id NOT IN ("
    f"SELECT patient_id FROM matching_service.platzsuche WHERE status IN {_UNFINISHED})",
    ("delete", "therapist_id"): "SELECT id FROM therapist_service.therapists WHERE id NOT IN ("
    "SELECT therapist_id FROM matching_service.therapeutenanfrage"
    " WHERE state IN ('draft', 'sending', 'sent'))",
    ("search", "patient_id"): "SELECT id FROM patient_service.patients"
    " WHERE vertraege_unterschrieben AND id NOT IN ("
    f"SELECT patient_id FROM matching_service.platzsuche WHERE status IN {_UNFINISHED})",
    ("permit", "therapist_id"): "SELECT therapist_id FROM matching_service.therapist_snapshot"
    " JOIN matching_service.mailbox ON mailbox.id = mailbox_id"
    " WHERE next_contactable_date IS NULL AND status = 'aktiv' AND NOT deleted",
    ("contact-requests", "search_id"): "SELECT id FROM matching_service.platzsuche"
    " WHERE status = 'active'",
    ("transitions", "search_id"): "SELECT id FROM matching_service.platzsuche"
    f" WHERE status IN {_UNFINISHED}",
    ("send", "bundle_id"): "SELECT id FROM matching_service.therapeutenanfrage"
    " WHERE state = 'draft'",
    ("cancel", "bundle_id"): "SELECT id FROM matching_service.therapeutenanfrage"
    " WHERE state = 'draft'",
    ("letters", "bundle_id"): "SELECT id FROM matching_service.therapeutenanfrage"
    " WHERE state IN ('draft', 'sending', 'sent')",
    ("response", "bundle_id"): "SELECT id FROM matching_service.therapeutenanfrage"
    " WHERE state IN ('sending', 'sent')",
    ("claim", "permit_id"): "SELECT id FROM matching_service.contact_permit"
    " WHERE claimed_at IS NULL AND revoked_at IS NULL",
}
_PENDING = (
    "SELECT platzsuche_id FROM matching_service.therapeut_anfrage_patient"
    " WHERE therapeutenanfrage_id = :id AND status = 'pending'"
)


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

    def some(self, kind: str, at_most: int) -> list[Any]:
        found = self._ids(_IDS[kind])
        return self._rng.sample(found, min(len(found), self._rng.randint(0, at_most)))

    def parked_event(self, service: str) -> Any:
        found = self._ids(f"SELECT id FROM {service}.parked")
        return self._rng.choice(found) if found else None

    def pending_searches(self, bundle_id: int) -> list[int]:
        return self._ids(_PENDING, id=bundle_id)

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
