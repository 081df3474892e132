"""Several workers of one service on Kafka: who reads what, and what becomes of it when one goes."""

import threading
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from shared.events.consumer import Consumer
from shared.events.transport import TransportLost
from tests.contracts.carriers import PARTITIONS, KafkaCarrier
from tests.contracts.streams import (
    MANY,
    event,
    events,
    first_arrivals,
    next_batch,
    read,
    read_together,
    wait_until,
)
from tests.shared.integration.inboxes import EFFECT, REACTING, Ward
from tests.shared.integration.kafka_workers import Worker, by_key, effects, wait_for_effects

SESSION_SECONDS = 6.0  # Kafka allows no shorter one
KEYS = 12


class Teller:
    """Tells of the same keys round after round, and remembers what it told."""

    def __init__(self, kafka: KafkaCarrier) -> None:
        self._topic = kafka.topic
        self._producer = kafka.producer()
        self.told: list[tuple[str, int]] = []

    def tell(self, rounds: int = 1) -> None:
        first = len(self.told) // KEYS
        news = [(str(key), first + n) for n in range(rounds) for key in range(KEYS)]
        self._producer.append([event(self._topic, key, version) for key, version in news])
        self.told += news


@pytest.fixture
def teller(ends: Any, kafka: KafkaCarrier) -> Teller:
    ends.as_owner("matching_service", EFFECT)
    return Teller(kafka)


def test_workers_that_come_and_go_handle_every_event_once_and_in_order(
    ends: Any, kafka: KafkaCarrier, teller: Teller
) -> None:
    def told_until(condition: Any) -> None:
        def tell_again() -> bool:
            teller.tell()
            wait_for_effects(ends, len(teller.told))
            return bool(condition())

        wait_until(tell_again)

    first = Worker(ends, kafka.member(kafka.topic, seat="first")).start()
    told_until(lambda: first.handled)
    second = Worker(ends, kafka.member(kafka.topic, seat="second")).start()
    told_until(lambda: second.handled)
    first.end()
    teller.tell(5)
    wait_for_effects(ends, len(teller.told))  # takes over when the session of the first is over
    second.end()

    assert by_key(effects(ends)) == by_key(teller.told)
    assert len(effects(ends)) == len(teller.told)


def test_a_worker_that_comes_back_under_its_name_disturbs_nobody(kafka: KafkaCarrier) -> None:
    first, second = (kafka.member(kafka.topic, seat=seat) for seat in ("first", "second"))
    sent = events(kafka.topic, 60, keys=KEYS)
    producer = kafka.producer()
    producer.append(sent[:30])
    early = read_together([first, second], 30)
    wait_until(lambda: _both_read(kafka, first, second))
    generation = _generation(second)
    next_batch_of_first = first.poll(MANY, 0.0)
    first.close()
    producer.append(sent[30:])

    successor = kafka.member(kafka.topic, seat="first")
    late = read_together([successor, second], 30)

    assert next_batch_of_first == []
    assert all(late)
    assert (_generation(second), _generation(successor)) == (generation, generation)
    arrived = [received for batch in (*early, *late) for received in batch]
    assert first_arrivals(arrived) == first_arrivals(sent)


def _both_read(kafka: KafkaCarrier, *members: Any, wait_seconds: float = 0.05) -> bool:
    for member in members:
        member.poll(MANY, wait_seconds)
    return all(member._kafka.reader().assignment() for member in members) and (
        kafka.group()["group_state"] == "Stable"
    )


def _generation(member: Any) -> int:
    return int(member._kafka.reader().group_metadata().generation_id)


def test_a_member_that_never_waits_takes_its_seat_and_takes_it_again_when_partitions_change(
    kafka: KafkaCarrier,
) -> None:
    member, producer = kafka.member(kafka.topic), kafka.producer()
    arrived: set[Any] = set()

    def all_arrived(count: int) -> bool:
        arrived.update(event.id for event in member.poll(MANY, 0.0))
        with suppress(TransportLost):  # between two seats: what was read comes again
            member.ack()
        return len(arrived) == count

    producer.append(events(kafka.topic, KEYS, keys=KEYS))
    wait_until(lambda: all_arrived(KEYS))

    kafka.admin.create_partitions({kafka.topic: 2 * PARTITIONS})
    wait_until(lambda: _knows_partitions(member._kafka.reader(), kafka.topic))
    producer.close()
    producer.append(events(kafka.topic, 5 * KEYS, keys=5 * KEYS))

    wait_until(lambda: all_arrived(6 * KEYS))


def test_members_that_never_wait_join_without_disturbing_each_other_again(
    kafka: KafkaCarrier,
) -> None:
    first, second = (kafka.member(kafka.topic, seat=seat) for seat in ("first", "second"))

    wait_until(lambda: _both_read(kafka, first, second, wait_seconds=0.0))

    assert _generation(first) == _generation(second) <= 2


def _knows_partitions(reader: Any, topic: str) -> bool:
    reader._cluster.request_update()
    return len(reader.partitions_for_topic(topic)) == 2 * PARTITIONS


def test_what_an_evicted_worker_does_with_its_batch_has_no_effect_and_is_not_acknowledged(
    ends: Any, kafka: KafkaCarrier, teller: Teller
) -> None:
    heir = Worker(ends, kafka.member(kafka.topic, seat="heir"))

    def lose_the_seat_meanwhile() -> bool:
        kafka.evict("zombie")
        heir.start()
        wait_for_effects(ends, len(teller.told))
        return False

    zombie = Consumer(
        ends.listener,
        kafka.member(kafka.topic, seat="zombie"),
        REACTING,
        Ward(),
        stopping=lose_the_seat_meanwhile,
    )
    teller.tell(2)

    with pytest.raises(TransportLost, match="CommitFailedError"):
        wait_until(lambda: zombie.run_once(0.5) < 0)

    heir.end()
    assert by_key(effects(ends)) == by_key(teller.told)
    assert heir.handled == len(teller.told)


def test_of_two_workers_of_one_name_the_later_one_has_the_seat(kafka: KafkaCarrier) -> None:
    earlier, later = kafka.member(kafka.topic), kafka.member(kafka.topic)
    sent = events(kafka.topic, 9)
    kafka.producer().append(sent)
    next_batch(earlier)

    assert first_arrivals(read(later, 9)) == first_arrivals(sent)

    with pytest.raises(TransportLost, match="FencedInstanceIdError"):
        earlier.ack()


def test_an_acknowledgement_counts_while_others_are_joining(kafka: KafkaCarrier) -> None:
    first, second = (kafka.member(kafka.topic, seat=seat) for seat in ("first", "second"))
    kafka.producer().append(events(kafka.topic, 9))
    read(first, 8, at_most=8)
    last = next_batch(first) if first.lag() else []
    joining = threading.Thread(target=lambda: second.poll(MANY, 20.0))
    joining.start()
    wait_until(lambda: kafka.group()["group_state"] == "PreparingRebalance")

    first.ack()

    wait_until(lambda: first.poll(MANY, 0.1) == [] and bool(second._kafka.reader().assignment()))
    assert (len(last), first.lag()) == (1, 0)
    kafka.producer().append(events(kafka.topic, KEYS, keys=KEYS))
    joining.join()


def test_a_slow_worker_keeps_its_partitions_while_it_lives(
    ends: Any, kafka: KafkaCarrier, teller: Teller
) -> None:
    slow = Worker(ends, kafka.member(kafka.topic, seat="slow"))
    working, may_go_on = threading.Event(), threading.Event()

    def work(_session: Any) -> None:
        working.set()
        may_go_on.wait()

    slow.ward.before_effect = work
    slow.start()
    teller.tell()
    working.wait()
    generation = _generation(slow._transport)

    threading.Timer(SESSION_SECONDS * 1.5, may_go_on.set).start()
    wait_for_effects(ends, len(teller.told))
    onlooker = kafka.member(kafka.topic, seat="onlooker")
    wait_until(lambda: onlooker.lag() == 0)

    assert _generation(slow._transport) == generation
    assert len(effects(ends)) == len(teller.told)
    slow.end()


def test_a_reader_holds_no_more_than_it_is_allowed_to_however_much_waits(
    kafka: KafkaCarrier,
) -> None:
    kafka.admin.create_partitions({kafka.topic: 24})
    producer, member = kafka.producer(), kafka.member(kafka.topic)
    for number in range(48):
        big = replace(event(kafka.topic, number), data={"padding": "x" * 500_000})
        producer.append([big])

    tracemalloc.start()
    next_batch(member, at_most=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 24 * 1024**2
    assert member.lag() == 48


def test_a_worker_ends_at_once_and_leaves_nothing_running(
    ends: Any, kafka: KafkaCarrier, teller: Teller
) -> None:
    before = set(threading.enumerate())
    worker = Worker(ends, kafka.member(kafka.topic)).start()
    teller.tell()
    wait_for_effects(ends, len(teller.told))
    teller._producer.close()

    worker.end()

    wait_until(lambda: set(threading.enumerate()) <= before, seconds=5.0)
