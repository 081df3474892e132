"""Who takes part in a delivery: the patient service tells, the matching service listens.

Everybody runs the real code; only the changes that are told and the effects are of these tests.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.config import POSTGRES, TEST, ServiceConfig
from shared.contracts.event_types import PATIENT_EVENTS
from shared.db import Database
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from shared.events.outbox import publish
from shared.events.worker import run_worker

TELLER, LISTENER = "patient_service", "matching_service"
TOPIC = PATIENT_EVENTS
EFFECT = """
CREATE TABLE matching_service.effect (
    place bigint GENERATED ALWAYS AS IDENTITY, key text NOT NULL, version int NOT NULL
);
GRANT SELECT, INSERT ON matching_service.effect TO matching_service_app;
"""
LARGEST_TRANSACTION = 5
ROLLED_BACK = 1 / 7

HANDLERS = Handlers()


@dataclass(frozen=True)
class Ward:
    """What the handler is given: on which events it fails at first, so that they are parked and
    heal when they are tried again."""

    is_bad: Callable[[Event], bool] = lambda _: False

    def fails(self, session: Session, event: Event) -> bool:
        return self.is_bad(event) and not session.scalar(_IS_PARKED, {"event": event.id})


def one_in(versions: int) -> Callable[[Event], bool]:
    """Not all keys at the same time: a parked key heals event by event, and other events come
    faster than that."""
    return lambda event: (int(event.key) + int(event.data["version"])) % versions == 0


class NotYet(Exception):
    """The planted failure."""


_IS_PARKED = text("SELECT EXISTS (SELECT FROM parked WHERE event_id = :event)")


@HANDLERS.reaction("patient.updated")
def take_effect(session: Session, event: Event, ward: Ward, _now: datetime) -> None:
    noting = text("INSERT INTO effect (key, version) VALUES (:key, :version)")
    session.execute(noting, {"key": event.key, "version": event.data["version"]})
    if ward.fails(session, event):
        raise NotYet


@dataclass(frozen=True)
class Place:
    """Where the parties meet."""

    teller_url: str
    listener_url: str
    carrier: str = POSTGRES
    kafka_servers: str = ""

    def teller(self) -> ServiceConfig:
        return self._config(self.teller_url, "")

    def listener(self, member: str = "one") -> ServiceConfig:
        return self._config(self.listener_url, member)

    def _config(self, url: str, member: str) -> ServiceConfig:
        return ServiceConfig(
            environment=TEST,
            database_url=url,
            event_transport=self.carrier,
            kafka_bootstrap_servers=self.kafka_servers,
            kafka_member=member,
            oidc_issuer="http://127.0.0.1",
            oidc_jwks_url="http://127.0.0.1",
            log_level="WARNING",
        )


def add_patients(session: Session, how_many: int) -> list[int]:
    adding = text(
        "INSERT INTO patients (vorname, nachname, created_by, updated_by)"
        " SELECT 'P', 'Q', 'test', 'test' FROM generate_series(1, :count) RETURNING id"
    )
    return list(session.scalars(adding, {"count": how_many}))


def change(session: Session, patient_id: int) -> int:
    """Adds one to the row's version, tells of it and returns it."""
    locking = text("UPDATE patients SET version = version + 1 WHERE id = :id RETURNING version")
    version: int = session.execute(locking, {"id": patient_id}).scalar_one()
    data = {"patient_id": patient_id, "version": version}
    publish(session, TELLER, "patient.updated", patient_id, data, datetime.now(UTC))
    return version


def produce(place: Place, patients: Sequence[int], seed: str) -> None:
    """Changes patients until it is killed; every seventh transaction or so is rolled back."""
    chance, database = random.Random(seed), Database(place.teller_url)
    while True:
        session = database.session()
        # In the order of their ids, so that two tellers never wait for each other.
        for patient in sorted(chance.sample(patients, chance.randint(1, LARGEST_TRANSACTION))):
            change(session, patient)
        session.rollback() if chance.random() < ROLLED_BACK else session.commit()
        session.close()


def relay(place: Place) -> None:
    """A worker of the service that tells; it listens to nobody."""
    run_worker(TELLER, place.teller(), Handlers(), (), None)


def consume(place: Place, member: str, ward: Ward) -> None:
    """A worker of the service that listens; it tells nothing."""
    run_worker(LISTENER, place.listener(member), HANDLERS, (), ward)
