"""What staff do with inquiries, through the HTTP door, and what the database says afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import text

from matching_service.use_cases.sending import note_mail_sent
from tests.matching_service.world import World

BUNDLES = "/api/v2/therapist-bundles"
SEARCHES = "/api/v2/patient-searches"
CONFLICTS = "/api/v2/staff/conflicts"

Answer = dict[str, Any]


@dataclass
class Desk:
    """Calls as staff unless `headers` say otherwise; every call names the status it expects."""

    api: FlaskClient
    world: World
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, status: int, **content: Any) -> Answer:
        headers = self.headers | content.pop("headers", {})
        answer = self.api.open(path, method=method, headers=headers, **content)
        assert answer.status_code == status, answer.get_data(as_text=True)
        found: Answer = answer.json or {}
        return found

    def draft(self, therapist_id: int, **order: Any) -> Answer:
        order = {"therapist_ids": [therapist_id], **order}
        made = self.call("POST", f"{BUNDLES}/create", 201, json=order)
        bundle: Answer = made["bundles"][0]
        return bundle

    def sent(self, therapist_id: int, at: datetime | None = None, **order: Any) -> Answer:
        """An inquiry whose mail has gone out."""
        bundle = self.draft(therapist_id, send=True, **order)
        with self.world.database.transaction() as session:
            note_mail_sent(session, bundle["id"], bundle["id"], at or datetime.now(UTC))
        return self.read(bundle)

    def assigned(self, therapist_id: int, search_id: int, **more: Any) -> Answer:
        """A draft for one patient, made by hand."""
        wanted = {
            "therapist_id": therapist_id,
            "search_id": search_id,
            "reason": "passt gut",
            **more,
        }
        return self.call("POST", "/api/v2/staff/manual-assignment", 201, json=wanted)

    def read(self, bundle: Answer) -> Answer:
        return self.call("GET", f"{BUNDLES}/{bundle['id']}", 200)

    def search(self, search_id: int) -> Answer:
        return self.call("GET", f"{SEARCHES}/{search_id}", 200)

    def answer(
        self, bundle: Answer, outcomes: Mapping[int, str], status: int = 200, **more: Any
    ) -> Answer:
        """`outcomes` by search; every other patient is refused for want of a place."""
        tag = more.pop("tag", None)
        return self._respond(bundle, outcomes, status, {"If-Match": tag} if tag else {}, more)

    def correct(
        self, bundle: Answer, outcomes: Mapping[int, str], status: int = 200, **more: Any
    ) -> Answer:
        """The whole answer again: who is not named is refused for want of a place."""
        tag = more.pop("tag", None) or f'"{self.read(bundle)["version"]}"'
        headers = {} if tag == "none" else {"If-Match": tag}
        more = {"correction": {"reason": "verhört"}, **more}
        return self._respond(bundle, outcomes, status, headers, more)

    def _respond(
        self,
        bundle: Answer,
        outcomes: Mapping[int, str],
        status: int,
        headers: dict[str, str],
        more: dict[str, Any],
    ) -> Answer:
        here = [patient["search_id"] for patient in bundle["patients"]]
        responses = [
            {"search_id": search, "outcome": outcomes.get(search, "rejected_capacity")}
            for search in dict.fromkeys([*here, *outcomes])
        ]
        body = {"responses": responses, "channel": "phone", **more}
        path = f"{BUNDLES}/{bundle['id']}/response"
        return self.call("PUT", path, status, json=body, headers=headers)

    def move(self, search_id: int, to: str, status: int = 200, **facts: Any) -> Answer:
        path = f"{SEARCHES}/{search_id}/transitions"
        return self.call("POST", path, status, json={"to": to, **facts})

    def cooling_therapists(self) -> list[int]:
        page = self.call("GET", "/api/v2/staff/cooling-periods?active=true", 200)
        return sorted(number for one in page["data"] for number in one["therapist_ids"])

    def history(self, search_id: int) -> list[Answer]:
        items: list[Answer] = self.call("GET", f"{SEARCHES}/{search_id}/history", 200)["data"]
        return items

    def statuses(self, bundle: Answer) -> dict[int, str]:
        return {p["search_id"]: p["status"] for p in self.read(bundle)["patients"]}

    def events(self) -> list[Answer]:
        """What waits in the outbox, oldest first: `type` and `data`."""
        return self.rows(
            "SELECT body->>'type' AS type, body->'data' AS data FROM outbox ORDER BY id"
        )

    def tasks(self) -> list[tuple[str, str, int]]:
        """Open ones: kind and what they are about."""
        found = self.rows(
            "SELECT kind, ref_table, ref_id FROM task WHERE done_at IS NULL ORDER BY id"
        )
        return [(one["kind"], one["ref_table"], one["ref_id"]) for one in found]

    def rows(self, statement: str, **values: Any) -> list[Answer]:
        with self.world.database.transaction() as session:
            return [dict(row) for row in session.execute(text(statement), values).mappings()]
