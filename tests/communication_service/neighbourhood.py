"""The services around communication, real ones: matching, patients and therapists on loopback."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import requests
from cryptography.fernet import Fernet
from sqlalchemy import Engine, text

from communication_service.config import Config
from matching_service.consumers import HANDLERS as MATCHING_HANDLERS
from shared.db import Database
from shared.events.consumer import Consumer
from shared.events.handlers import Handlers
from shared.events.outbox import Relay
from shared.events.postgres_transport import PostgresTransport
from tests.communication_service.loopback import Line, serving, token_desk
from tests.communication_service.neighbours import matching, patients, therapists
from tests.issuer import Issuer
from tests.matching_service.world import ALWAYS, World

LARGEST_BUDGET = 100
REPLY_KEY = Fernet.generate_key().decode()
SENDER = "anfragen@platz.example"

MAIL_REPORTS = Handlers(
    reactions={
        name: functions
        for name, functions in MATCHING_HANDLERS.reactions.items()
        if name.startswith("communication.")
    }
)

PATIENT: dict[str, Any] = {
    "vorname": "Anna",
    "nachname": "Ungenannt",
    "geburtsdatum": "1985-05-05",
    "geschlecht": "weiblich",
    "diagnose": "F32.1",
    "versicherungsart": "gesetzlich",
    "availability_schedule": ALWAYS,
}
THERAPIST: dict[str, Any] = {"anrede": "Frau", "vorname": "Petra", "nachname": "Praxis"}


class Neighbourhood:
    """Says what a test wants to happen around communication; every word goes the real way."""

    def __init__(
        self, database: Any, issuer: Issuer, servers: ExitStack, log_level: str = "INFO"
    ) -> None:
        self._database = database
        self._issuer = issuer
        self._owners: dict[str, Engine] = {}
        own = {**issuer.settings, "environment": "test", "log_level": log_level}
        own["oidc_token_url"] = f"{servers.enter_context(serving(token_desk(issuer)))}/token"
        self._own = own
        self.patients = servers.enter_context(serving(patients(own, database)))
        self._therapist_line = Line(therapists(own, database))
        self.therapists = servers.enter_context(serving(self._therapist_line))
        self._matching_line = Line(matching(own, database, self.patients, self.therapists))
        self.matching = servers.enter_context(serving(self._matching_line))
        url = database.url("matching_service")
        own_rows = Database(url, pool_size=1)
        self._world = World(own_rows)
        self._news = PostgresTransport(url, MAIL_REPORTS.topics)
        self._relay = Relay(url, self._news)
        therapist_url = database.url("therapist_service")
        self._therapist_news = PostgresTransport(therapist_url)
        self._therapist_relay = Relay(therapist_url, self._therapist_news)
        wiring = self._matching_line.extensions["door"].wiring
        self._consumer = Consumer(own_rows, self._news, MAIL_REPORTS, wiring)
        for opened in (self._news, self._relay, self._therapist_news, self._therapist_relay):
            servers.callback(opened.close)
        servers.callback(own_rows.dispose)

    def config(self, smtp_port: int, **changes: Any) -> Config:
        """Of a communication service that lives here."""
        return Config(
            **{
                **self._own,
                "database_url": self._database.url("communication_service"),
                "patient_service_url": self.patients,
                "therapist_service_url": self.therapists,
                "matching_service_url": self.matching,
                "smtp_host": "127.0.0.1",
                "smtp_port": smtp_port,
                "mail_per_minute": 0,
                "mail_per_minute_and_provider": 0,
                "mail_sender_address": SENDER,
                "mail_sender_name": "Platzvermittlung",
                "mail_legal_name": "Platzvermittlung GmbH",
                "mail_legal_address": "Domstraße 1, 50667 Köln",
                "mail_legal_register": "Amtsgericht Köln, HRB 1",
                "public_url": "https://platz.example",
                "answer_link_key": "only-for-tests",
                "reply_encryption_key": REPLY_KEY,
                **changes,
            }
        )

    def searching_patient(self, **changes: Any) -> int:
        """A patient with a search; returns the search's id."""
        patient = self.post(f"{self.patients}/api/v2/patients", {**PATIENT, **changes})
        return self._world.add_search(patient["id"], budget=LARGEST_BUDGET)

    def therapist(self, **changes: Any) -> int:
        body = {**THERAPIST, **changes}
        therapist_id = int(self.post(f"{self.therapists}/api/v2/therapists", body)["id"])
        self._world.add_therapist(therapist_id)
        return therapist_id

    def practices(self, addresses: Sequence[str]) -> list[int]:
        """Many therapists in one statement, where how they came does not matter."""
        insert = (
            "INSERT INTO therapists"
            " (vorname, nachname, email, status, mailbox_key, created_by, updated_by)"
            " SELECT 'Petra', 'Praxis', address, 'aktiv', encode(sha256(address::bytea), 'hex'),"
            " 'test', 'test' FROM unnest(CAST(:addresses AS text[])) AS address RETURNING id"
        )
        with self._owner("therapist_service").begin() as owner:
            ids = list(owner.scalars(text(insert), {"addresses": list(addresses)}))
        for therapist_id in ids:
            self._world.add_therapist(therapist_id)
        return ids

    def grant_contacts(self, search_id: int, count: int) -> None:
        path = f"{self.matching}/api/v2/patient-searches/{search_id}/contact-requests"
        for granted in range(0, count, LARGEST_BUDGET):
            self.post(path, {"requested_count": min(LARGEST_BUDGET, count - granted)})

    def draft(self, therapist_id: int) -> int:
        """A draft with everybody who searches; `bundle.created` is on its way."""
        [bundle_id] = self.drafts([therapist_id])
        return bundle_id

    def drafts(self, therapist_ids: Sequence[int]) -> list[int]:
        wanted = {"therapist_ids": therapist_ids, "max_bundles": len(therapist_ids)}
        wave = self.post(f"{self.matching}/api/v2/therapist-bundles/create", wanted)
        assert len(wave["bundles"]) == len(therapist_ids), wave["skipped"]
        self.carry_news()
        return [bundle["id"] for bundle in wave["bundles"]]

    def therapist_of(self, bundle_id: int) -> int:
        return int(self.bundle(bundle_id)["therapist_id"])

    def searches_in(self, bundle_id: int) -> list[int]:
        return [row["search_id"] for row in self.bundle(bundle_id)["patients"]]

    def send(self, bundle_id: int) -> None:
        self.post(f"{self.matching}/api/v2/therapist-bundles/{bundle_id}/send")
        self.carry_news()

    def let_matching_hear(self) -> None:
        """What became of its inquiries' mails."""
        while self._consumer.run_once():
            pass

    @contextmanager
    def matching_answers(self, fault: int) -> Iterator[None]:
        self._matching_line.fault = fault
        yield
        self._matching_line.fault = None

    def just_before(self, method: str, path_ends: str, happens: Callable[[], object]) -> None:
        """Once, before matching gets the next such request."""
        self._matching_line.just_before(method, path_ends, happens)

    @contextmanager
    def therapists_answer(self, fault: int) -> Iterator[None]:
        self._therapist_line.fault = fault
        yield
        self._therapist_line.fault = None

    def answered_by(self, bundle_id: int) -> tuple[str, str]:
        """The channel, and whom the history of the first search names."""
        with self._owner("matching_service").connect() as rows:
            channel = rows.scalar(
                text("SELECT response_channel FROM therapeutenanfrage WHERE id = :id"),
                {"id": bundle_id},
            )
        history = (
            f"{self.matching}/api/v2/patient-searches/{self.searches_in(bundle_id)[0]}/history"
        )
        return str(channel), self.get(history)["data"][-1]["actor"]

    def decided(self, therapist_id: int) -> list[tuple[str, str]]:
        """Field and actor of what was decided about a therapist, the latest first."""
        path = f"{self.therapists}/api/v2/therapists/{therapist_id}/history"
        return [(one["field"], one["actor"]) for one in self.get(path)["data"]]

    def forget_therapist(self, therapist_id: int) -> None:
        """As if matching had been silent while somebody deleted the therapist."""
        self._as_owner(
            "therapist_service", "DELETE FROM therapists WHERE id = :id", id=therapist_id
        )

    def bundle(self, bundle_id: int) -> Any:
        return self.get(f"{self.matching}/api/v2/therapist-bundles/{bundle_id}")

    def therapist_as_service(self, therapist_id: int) -> Any:
        path = f"{self.therapists}/api/v2/therapists/{therapist_id}"
        answer = requests.get(
            path, headers=self._issuer.bearer("service", aud="therapist-service"), timeout=10
        )
        assert answer.ok, answer.text
        return answer.json()

    def change_therapist(self, therapist_id: int, **changes: Any) -> None:
        path = f"{self.therapists}/api/v2/therapists/{therapist_id}"
        read = requests.get(path, headers=self._issuer.bearer("staff"), timeout=10)
        headers = {**self._issuer.bearer("staff"), "If-Match": read.headers["ETag"]}
        answer = requests.patch(path, json=changes, headers=headers, timeout=10)
        assert answer.ok, answer.text

    def change_address(self, therapist_id: int, address: str | None) -> None:
        """Behind everybody's back, as imports of long ago may have left it."""
        self._as_owner(
            "therapist_service",
            "UPDATE therapists SET email = :address WHERE id = :id",
            address=address,
            id=therapist_id,
        )

    def let_weeks_pass(self) -> None:
        """Every mailbox may be written to again."""
        self._as_owner("matching_service", "UPDATE mailbox SET next_contactable_date = NULL")
        self._as_owner("matching_service", "UPDATE mailbox_block SET quiet = NULL")

    def pause(self, search_id: int) -> None:
        self.move_search(search_id, "paused")

    def cancel(self, bundle_id: int) -> None:
        self.post(f"{self.matching}/api/v2/therapist-bundles/{bundle_id}/cancel")
        self.carry_news()

    def answer(
        self, bundle_id: int, outcome: str = "rejected_capacity", notes: str | None = None
    ) -> None:
        """The same answer for everybody; the mailbox cools from now on."""
        everybody = [outcome] * len(self.searches_in(bundle_id))
        self.answer_each(bundle_id, everybody, notes=notes)

    def answer_each(
        self,
        bundle_id: int,
        outcomes: Sequence[str],
        reason: str = "",
        notes: str | None = None,
    ) -> None:
        """In the order of the inquiry; with a reason it corrects what was recorded before."""
        path = f"{self.matching}/api/v2/therapist-bundles/{bundle_id}"
        pairs = zip(self.searches_in(bundle_id), outcomes, strict=True)
        answers = [
            {"search_id": search, "outcome": outcome, "notes": notes} for search, outcome in pairs
        ]
        body: dict[str, Any] = {"responses": answers, "channel": "phone"}
        headers = {"If-Match": f'"{self.bundle(bundle_id)["version"]}"'}
        if reason:
            body["correction"] = {"reason": reason}
        self._call("PUT", f"{path}/response", body, headers)
        self.carry_news()

    def move_search(self, search_id: int, to: str, **facts: Any) -> None:
        path = f"{self.matching}/api/v2/patient-searches/{search_id}/transitions"
        self.post(path, {"to": to, **facts})
        self.carry_news()

    def patient_of(self, search_id: int) -> int:
        path = f"{self.matching}/api/v2/patient-searches/{search_id}"
        return int(self.get(path)["patient_id"])

    def consent(self, search_id: int) -> None:
        """The patient agrees that name and contact are passed on."""
        self._as_owner(
            "patient_service",
            "UPDATE patients SET einwilligung_datenweitergabe_am = '2026-01-01' WHERE id = :id",
            id=self.patient_of(search_id),
        )

    def block(self, therapist_id: int) -> None:
        """Matching has not heard of it yet."""
        self._as_owner(
            "therapist_service",
            "UPDATE therapists SET status = 'gesperrt', sperrdatum = '2026-01-01' WHERE id = :id",
            id=therapist_id,
        )

    def contacts(self, bundle_id: int) -> list[str]:
        """What the contact law has recorded of this inquiry, in order."""
        with self._owner("matching_service").connect() as rows:
            recorded = text(
                "SELECT purpose FROM mailbox_block"
                " WHERE inquiry_id = :id AND kind = 'contact' ORDER BY id"
            )
            return list(rows.scalars(recorded, {"id": bundle_id}))

    def written_contacts(self) -> list[tuple[str, str]]:
        """Purpose and actor of all contacts that belong to no inquiry, in order."""
        with self._owner("matching_service").connect() as rows:
            recorded = text(
                "SELECT purpose, actor FROM mailbox_block"
                " WHERE inquiry_id IS NULL AND kind = 'contact' ORDER BY id"
            )
            return [(purpose, actor) for purpose, actor in rows.execute(recorded)]

    def carry_news(self) -> None:
        while self._relay.run_once():
            pass

    def carry_news_of_therapists(self) -> None:
        while self._therapist_relay.run_once():
            pass

    def told(self, bundle_id: int) -> list[dict[str, Any]]:
        """What communication has told of this inquiry's mails, in order."""
        with self._owner("events").connect() as log:
            rows = log.execute(
                text(
                    "SELECT body FROM log WHERE topic = 'communication-events'"
                    " AND key = :key ORDER BY position"
                ),
                {"key": str(bundle_id)},
            )
            return [{"type": body["type"], **body["data"]} for (body,) in rows]

    def answers_told(self, bundle_id: int) -> list[dict[str, Any]]:
        """What matching has told of answers to this inquiry, in order."""
        told = text(
            "SELECT body -> 'data' FROM log WHERE topic = 'matching-events'"
            " AND body ->> 'type' = 'bundle.responded'"
            " AND body -> 'data' ->> 'bundle_id' = :bundle_id ORDER BY position"
        )
        with self._owner("events").connect() as log:
            return list(log.scalars(told, {"bundle_id": str(bundle_id)}))

    def claimed_permits(self, purpose: str) -> list[int]:
        """Those that were used for a contact."""
        used = "SELECT id FROM contact_permit WHERE purpose = :purpose AND claimed_at IS NOT NULL"
        with self._owner("matching_service").connect() as owner:
            return list(owner.scalars(text(used), {"purpose": purpose}))

    def _as_owner(self, schema: str, statement: str, **values: object) -> None:
        with self._owner(schema).begin() as owner:
            owner.execute(text(statement), values)

    def _owner(self, schema: str) -> Engine:
        if schema not in self._owners:
            self._owners[schema] = self._database.engine(self._database.owner_url(schema))
        return self._owners[schema]

    def get(self, url: str) -> Any:
        return self._call("GET", url)

    def post(self, url: str, body: dict[str, Any] | None = None) -> Any:
        return self._call("POST", url, body)

    def put(self, url: str, body: dict[str, Any]) -> Any:
        return self._call("PUT", url, body)

    def _call(
        self,
        method: str,
        url: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        headers = {**self._issuer.bearer("staff"), **(headers or {})}
        answer = requests.request(method, url, json=body, headers=headers, timeout=10)
        assert answer.ok, answer.text
        return answer.json()
