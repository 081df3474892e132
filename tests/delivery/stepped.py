"""One delivery in steps, one after the other in one process: to be killed at each of them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from sqlalchemy import text

from shared.db import Database
from shared.events.carriers import open_transport
from shared.events.consumer import Consumer
from shared.events.outbox import Relay
from shared.events.transport import Transport
from shared.observability import configure_logging
from tests.delivery.parties import HANDLERS, LISTENER, TELLER, TOPIC, Place, Ward, change

FAILING = Ward(lambda event: event.data["version"] == 3)
"""The second change of a patient fails at first."""
LONGEST_WAIT_SECONDS = 5.0


Patients = tuple[int, int]
"""One that changes three times, one that changes once."""


def deliver(place: Place, patients: Patients) -> None:
    """From the change to the effect, on the straight way."""
    tell(place, patients)
    carry(place)
    with _listening(place, Ward()) as listener:
        listener.take_four()


def park_and_heal(place: Place, _patients: Patients) -> None:
    """From the log to the effect, when the second change fails and the third queues up behind."""
    with _listening(place, FAILING) as listener:
        listener.take_four()
        listener.heal()


def deliver_the_rest(place: Place) -> None:
    """What new workers do when the dead one's have gone."""
    carry(place)
    with _listening(place, Ward()) as listener:
        listener.take_all()
        listener.heal()


def tell(place: Place, patients: Patients) -> None:
    often, once = patients
    with _database(place.teller_url) as database:
        with database.transaction() as session:
            change(session, often)
            change(session, once)
        with database.transaction() as session:
            change(session, often)
            change(session, often)


def carry(place: Place) -> None:
    outgoing = open_transport(TELLER, place.teller())
    with closing(outgoing), closing(Relay(place.teller_url, outgoing)) as relay:
        while relay.run_once():
            pass


@dataclass(frozen=True)
class _Listener:
    database: Database
    incoming: Transport
    consumer: Consumer

    def take_four(self) -> None:
        taken = 0
        while taken < 4:
            taken += self.consumer.run_once(LONGEST_WAIT_SECONDS)

    def take_all(self) -> None:
        while self.incoming.lag():
            self.consumer.run_once(LONGEST_WAIT_SECONDS)

    def heal(self) -> None:
        """As `make replay` does."""
        with self.database.transaction() as session:
            session.execute(text("UPDATE parked SET next_attempt_at = clock_timestamp()"))
        self.consumer.retry_parked()


@contextmanager
def _listening(place: Place, ward: Ward) -> Iterator[_Listener]:
    # Planted failures are no news, and to draw their tracebacks takes longer than to handle them.
    configure_logging(LISTENER, "CRITICAL")
    incoming = open_transport(LISTENER, place.listener(), [TOPIC])
    with _database(place.listener_url) as database, closing(incoming):
        yield _Listener(database, incoming, Consumer(database, incoming, HANDLERS, ward))


@contextmanager
def _database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.dispose()
