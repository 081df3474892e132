"""What lies in Kafka: how other clients see our events, and what becomes of messages of theirs."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from prometheus_client import REGISTRY

from shared.events.kafka_client import KafkaConsumer, KafkaProducer, TopicPartition, open_client
from tests.contracts.carriers import PARTITIONS, KafkaCarrier
from tests.contracts.streams import MANY, event, events, first_arrivals, read, wait_until
from tests.shared.integration.inboxes import EFFECT
from tests.shared.integration.kafka_workers import Worker, effects, wait_for_effects

# From the tests of Kafka's own Java client: what murmur2 makes of a key.
JAVA_HASHES = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}


@pytest.fixture
def foreigner(kafka_servers: str) -> Iterator[Any]:
    """A program of somebody else's that writes to our topics."""
    servers = kafka_servers.split(",")
    with closing(open_client(KafkaProducer, servers, "foreigner", patience_seconds=10.0)) as opened:
        yield opened


@pytest.fixture
def records(kafka: KafkaCarrier, kafka_servers: str) -> Iterator[Any]:
    """All records of the topic, as another program reads them."""
    reader = open_client(
        KafkaConsumer,
        kafka_servers.split(","),
        "onlooker",
        patience_seconds=10.0,
        auto_offset_reset="earliest",
    )
    with closing(reader):
        reader.assign([TopicPartition(kafka.topic, n) for n in range(PARTITIONS)])

        def look(count: int) -> list[Any]:
            found: list[Any] = []

            def all_came() -> bool:
                for some in reader.poll(timeout_ms=500).values():
                    found.extend(some)
                return len(found) >= count

            wait_until(all_came)
            return found

        yield look


def test_other_programs_see_cloud_events_under_their_key_and_no_headers(
    kafka: KafkaCarrier, records: Any
) -> None:
    sent = event(kafka.topic, "Ä/1")

    kafka.producer().append([sent])

    (record,) = records(1)
    assert record.key == "Ä/1".encode()
    assert record.headers == []
    assert json.loads(record.value) == sent.to_body()


def test_a_key_has_the_partition_that_java_programs_give_it(
    kafka: KafkaCarrier, records: Any
) -> None:
    kafka.producer().append([event(kafka.topic, key) for key in JAVA_HASHES])

    found = {record.key.decode(): record.partition for record in records(len(JAVA_HASHES))}

    assert found == {key: (hashed & 0x7FFFFFFF) % PARTITIONS for key, hashed in JAVA_HASHES.items()}


def _body(**changes: object) -> bytes:
    return json.dumps({**event("any", 1).to_body(), **changes}).encode()


UNREADABLE = {
    "nothing at all": None,
    "no JSON": b"{",
    "no UTF-8": b"\xff\xfe\xff",
    "a list": b"[]",
    "nested beyond measure": b"[" * 200_000,
    "no id": b'{"type": "patient.updated"}',
    "an id that is none": _body(id="17"),
    "an id that is a number": _body(id=17),
    "a type that is a list": _body(type=["patient.updated"]),
    "a key that is a number": _body(subject=17),
    "a time that is none": _body(time="yesterday"),
    "data that is a list": _body(data=[]),
    "a zero byte": _body(data={"name": "a\0b"}),
    "half a surrogate": _body(data={"name": "\ud800"}),
    "a number that JSON does not know": _body(data={"patient_id": float("nan")}),
}


def _skipped(topic: str) -> float:
    name = "consumer_unreadable_messages_total"
    return REGISTRY.get_sample_value(name, {"topic": topic}) or 0.0


def test_messages_that_are_no_events_are_counted_and_skipped_and_do_not_come_again(
    kafka: KafkaCarrier, foreigner: Any
) -> None:
    before, after = event(kafka.topic, "same"), event(kafka.topic, "same")
    producer, member = kafka.producer(), kafka.member(kafka.topic)
    producer.append([before])
    for value in UNREADABLE.values():
        foreigner.send(kafka.topic, key=b"same", value=value).get(10)
    producer.append([after])

    assert first_arrivals(read(member, 2)) == {"same": [before.id, after.id]}

    assert _skipped(kafka.topic) == len(UNREADABLE)
    assert member.lag() == 0
    member.poll(MANY, 0.0)
    assert _skipped(kafka.topic) == len(UNREADABLE)


def test_messages_of_which_none_is_an_event_do_not_stop_a_worker(
    ends: Any, kafka: KafkaCarrier, foreigner: Any
) -> None:
    ends.as_owner("matching_service", EFFECT)
    for _ in range(3):
        foreigner.send(kafka.topic, key=b"1", value=b"hello").get(10)
    onlooker = kafka.member(kafka.topic, seat="onlooker")
    worker = Worker(ends, kafka.member(kafka.topic)).start()
    wait_until(lambda: onlooker.lag() == 0)

    kafka.producer().append([event(kafka.topic, 1)])
    wait_for_effects(ends, 1)
    worker.end()

    assert effects(ends) == [("1", 1)]


def test_an_event_of_a_foreign_program_is_an_event(kafka: KafkaCarrier, foreigner: Any) -> None:
    (foreign,) = events(kafka.topic, 1)
    headers = [("traceparent", b"00-1-2-00")]
    value = json.dumps(foreign.to_body()).encode()

    foreigner.send(kafka.topic, key=b"another key", value=value, headers=headers).get(10)

    assert read(kafka.member(kafka.topic), 1) == [foreign]
