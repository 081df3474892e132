"""One delivery in steps, one after the other in one process: to be killed at each of them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import text

from shared.db import Database
from shared.events.carriers import open_transport
from shared.events.consumer import Consumer
from shared.events.outbox import Relay
from shared.events.transport import Transport
from tests.delivery.parties import HANDLERS, LISTENER, TELLER, TOPIC, Place, Ward, change

FAILING = Ward(fails_every=3)
"""The second change of a patient fails at first."""
LONGEST_WAIT_SECONDS = 5.0


Patients = tuple[int, int]
"""One that changes three times, one that changes once."""


def deliver(place: Place, patients: Patients) -> None:
    """From the change to the effect, on the straight way."""
    tell(place, patients)
    carry(place)
    with _consumer(place, Ward()) as (consumer, _):
        _take_four(consumer)


def park_and_heal(place: Place, _patients: Patients) -> None:
    """From the log to the effect, when the second change fails and the third queues up behind."""
    with _consumer(place, FAILING) as (consumer, _):
        _take_four(consumer)
        _heal(place, consumer)


def deliver_the_rest(place: Place) -> None:
    """What new workers do when the dead one's have gone."""
    carry(place)
    with _consumer(place, Ward()) as (consumer, incoming):
        while incoming.lag():
            consumer.run_once(LONGEST_WAIT_SECONDS)
        _heal(place, consumer)


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


def _take_four(consumer: Consumer) -> None:
    taken = 0
    while taken < 4:
        taken += consumer.run_once(LONGEST_WAIT_SECONDS)


def _heal(place: Place, consumer: Consumer) -> None:
    """As `make replay` does."""
    with _database(place.listener_url) as database, database.transaction() as session:
        session.execute(text("UPDATE parked SET next_attempt_at = clock_timestamp()"))
    consumer.retry_parked()


@contextmanager
def _consumer(place: Place, ward: Ward) -> Iterator[tuple[Consumer, Transport]]:
    incoming = open_transport(LISTENER, place.listener(), [TOPIC])
    with _database(place.listener_url) as database, closing(incoming):
        yield Consumer(database, incoming, HANDLERS, ward), incoming


@contextmanager
def _database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.dispose()
