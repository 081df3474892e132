"""How fast events travel: latency at a steady pace, throughput as fast as they can."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from statistics import quantiles
from uuid import uuid4

from sqlalchemy import insert

from bench.events.workers import REACTING, Stamps, consuming, relaying
from shared.db import Database, outbox
from shared.events import consumer
from shared.events.carriers import open_transport
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from shared.events.outbox import Relay
from tests.delivery.parties import LISTENER, TELLER, TOPIC, Place, add_patients, change
from tests.failpoints.harness import answer_of_child

KEYS = 500
_ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Latency:
    """From the return of the commit to the return of the commit that holds the effect."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    worst_ms: float


def latency(place: Place, per_second: int, seconds: int) -> Latency:
    """One change per transaction at a steady pace; the first second is not measured."""
    total = per_second * seconds
    with relaying(place), consuming(place) as effects, ThreadPoolExecutor(1) as listening:
        arriving = listening.submit(lambda: list(effects.next(total + per_second)))
        told = _tell_at_pace(place, per_second, total + per_second)
        measured = dict(list(told.items())[per_second:])
        waits = [
            (at - measured[key, version]) * 1000
            for at, key, version in arriving.result()
            if (key, version) in measured
        ]
    cuts = quantiles(waits, n=100)
    return Latency(cuts[49], cuts[94], cuts[98], max(waits))


def whole_way(place: Place, events: int, handlers: Handlers = REACTING) -> float:
    """Events per second from outbox to effect, when all of them are there at once."""
    with relaying(place), consuming(place, handlers) as effects:
        _fill_outbox(place, 1)
        list(effects.next(1))
        began = _fill_outbox(place, events)
        *_, (last, _, _) = effects.next(events)
    return events / (last - began)


def relay_alone(place: Place, events: int) -> float:
    """Events per second from the outbox into the carrier."""
    _fill_outbox(place, events)
    return events / answer_of_child(lambda: _carry(place))


def consumer_alone(
    place: Place, events: int, handlers: Handlers = REACTING, together: int = consumer.TOGETHER
) -> float:
    """Events per second from the carrier to the effect; `together` is the size of a transaction."""
    _fill_outbox(place, events)
    answer_of_child(lambda: _carry(place))
    return events / answer_of_child(lambda: _consume(place, events, handlers, together))


def _consume(place: Place, events: int, handlers: Handlers, together: int) -> float:
    """Seconds per so many events. The first batch comes before the clock: a new member of a group
    has to find its seat."""
    vars(consumer)["TOGETHER"] = together
    database = Database(place.listener_url)
    incoming = open_transport(LISTENER, place.listener(), handlers.topics)
    taking = consumer.Consumer(database, incoming, handlers, Stamps())
    with closing(incoming):
        left = events
        while left == events:
            left -= taking.run_once(1.0)
        measured, began = left, time.monotonic()
        while left:
            left -= taking.run_once(1.0)
        return (time.monotonic() - began) * events / measured


def _carry(place: Place) -> float:
    outgoing = open_transport(TELLER, place.teller())
    with closing(outgoing), closing(Relay(place.teller_url, outgoing)) as carrying:
        began = time.monotonic()
        while carrying.run_once():
            pass
        return time.monotonic() - began


def _tell_at_pace(place: Place, per_second: int, how_many: int) -> dict[tuple[str, int], float]:
    """When which change had been committed."""
    told: dict[tuple[str, int], float] = {}
    with _database(place.teller_url) as database:
        with database.transaction() as session:
            patients = add_patients(session, KEYS)
        due = time.monotonic()
        for patient in islice(cycle(patients), how_many):
            with database.transaction() as session:
                version = change(session, patient)
            told[str(patient), version] = time.time()
            due += 1 / per_second
            time.sleep(max(0.0, due - time.monotonic()))
    return told


def _fill_outbox(place: Place, how_many: int) -> float:
    """In one transaction; when it was committed."""
    with _database(place.teller_url) as database:
        with database.transaction() as session:
            for start in range(0, how_many, _ROWS_AT_ONCE):
                rows = range(start, min(start + _ROWS_AT_ONCE, how_many))
                session.execute(insert(outbox), [_row(number) for number in rows])
        return time.time()


def _row(number: int) -> dict[str, object]:
    event = Event(
        id=uuid4(),
        type="patient.updated",
        topic=TOPIC,
        key=str(number % KEYS),
        source=f"/{TELLER}",
        time=datetime.now(UTC),
        data={"patient_id": number % KEYS, "version": number // KEYS},
    )
    return {
        "event_id": event.id,
        "topic": event.topic,
        "key": event.key,
        "body": event.to_body(),
    }


@contextmanager
def _database(url: str) -> Iterator[Database]:
    """A later child inherits no connection."""
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()
