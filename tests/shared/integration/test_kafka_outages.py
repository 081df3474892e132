"""Kafka gone and back: calls say so in time, nothing is lost, and the same transport goes on."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from devstack.kafka import KafkaServer
from shared.events.envelope import Event
from shared.events.kafka_client import KafkaConnectionError
from shared.events.kafka_transport import KafkaTransport
from shared.events.transport import Transport, TransportLost
from tests.contracts.carriers import KafkaCarrier
from tests.contracts.streams import (
    MANY,
    event,
    events,
    first_arrivals,
    next_batch,
    read,
    wait_until,
)
from tests.delivery.broker import launched_broker

PATIENCE_SECONDS = 2.0
RECOVERS_WITHIN_SECONDS = 60.0


@pytest.fixture(scope="module")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    with launched_broker(tmp_path_factory.mktemp("kafka")) as broker:
        broker.wait_until_ready()
        yield broker


@pytest.fixture
def mortal(own_broker: KafkaServer) -> Iterator[KafkaCarrier]:
    """On a broker that may be killed; it is there again at the end."""
    opened = KafkaCarrier(own_broker.bootstrap_servers)
    yield opened
    opened.close()


def _transport(broker: KafkaServer, carrier: KafkaCarrier) -> KafkaTransport:
    return KafkaTransport(
        [broker.bootstrap_servers],
        group=f"matching_service-{carrier.topic}",
        member="one",
        topics=[carrier.topic],
        patience_seconds=PATIENCE_SECONDS,
        session_seconds=6.0,
    )


def _lost(call: Callable[[], object]) -> bool:
    try:
        call()
    except TransportLost:
        return True
    return False


def test_while_kafka_is_gone_every_call_says_so_in_time_and_afterwards_goes_on(
    own_broker: KafkaServer, mortal: KafkaCarrier
) -> None:
    sent, threads = events(mortal.topic, 9), threading.active_count()
    writer, reader = (_transport(own_broker, mortal) for _ in range(2))
    idle = mortal.member(mortal.other_topic)
    idle.poll(MANY, 0.1)
    writer.append(sent)
    next_batch(reader)
    calls: dict[str, Callable[[], object]] = {
        "ack": reader.ack,
        "append": lambda: writer.append(sent),
        "poll": lambda: reader.poll(MANY, 0.1),
        "rewind": lambda: reader.rewind([mortal.topic]),
        "lag": reader.lag,
    }

    own_broker.kill()
    seconds = {}
    for name, call in calls.items():
        began = time.monotonic()
        assert _lost(call), name
        seconds[name] = time.monotonic() - began
    wait_until(lambda: _lost(lambda: idle.poll(MANY, 0.1)))
    wait_until(lambda: threading.active_count() <= threads)  # no client is left behind
    own_broker.start()

    wait_until(lambda: not _lost(reader.lag), RECOVERS_WITHIN_SECONDS)
    assert max(seconds.values()) < 2 * PATIENCE_SECONDS + 1.0, seconds
    assert first_arrivals(read(reader, 9)) == first_arrivals(sent)
    writer.close()
    reader.close()


def test_a_kill_in_the_middle_of_everything_loses_nothing_and_keeps_the_order_of_keys(
    own_broker: KafkaServer, mortal: KafkaCarrier
) -> None:
    sent = events(mortal.topic, 3000, keys=20)
    writer, reader = (_transport(own_broker, mortal) for _ in range(2))
    arrived: list[Event] = []

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(_append_in_spite_of_it_all, writer, sent)
        reading = pool.submit(_read_in_spite_of_it_all, reader, arrived, len(sent))
        wait_until(lambda: len(arrived) > len(sent) // 3, RECOVERS_WITHIN_SECONDS)
        own_broker.kill()
        own_broker.start()
        writing.result()
        reading.result()

    assert first_arrivals(arrived) == first_arrivals(sent)
    writer.close()
    reader.close()


def _append_in_spite_of_it_all(writer: Transport, sent: list[Event]) -> None:
    """As the relay does: what may have been lost is appended again, before anything else."""
    waiting = list(sent)
    while waiting:
        with suppress(TransportLost):
            writer.append(waiting[:20])
            del waiting[:20]


def _read_in_spite_of_it_all(reader: Transport, arrived: list[Event], count: int) -> None:
    def all_came() -> bool:
        with suppress(TransportLost):
            arrived.extend(reader.poll(50, 0.2))
            reader.ack()
        return len({event.id for event in arrived}) == count

    wait_until(all_came, 3 * RECOVERS_WITHIN_SECONDS)


def test_a_request_whose_answer_got_lost_is_written_once(
    kafka: KafkaCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer, first, second = kafka.producer(), event(kafka.topic, 1), event(kafka.topic, 1)
    producer.append([first])
    answers = _lose_next_answer(producer, monkeypatch)

    producer.append([second])

    member = kafka.member(kafka.topic)
    assert answers == ["lost", "answered"]
    assert member.lag() == 2
    assert read(member, 2) == [first, second]


def _lose_next_answer(producer: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The broker has written the next batch, but the client learns only of a broken connection."""
    client = producer._kafka.writer()._sender._client
    send, answers = client.send, list[str]()

    def lossy(node_id: Any, request: Any, **options: Any) -> Any:
        answer = send(node_id, request, **options)
        if type(request).__name__ != "ProduceRequest":
            return answer
        answers.append("answered" if answers else "lost")
        return _broken(answer) if answers == ["lost"] else answer

    monkeypatch.setattr(client, "send", lossy)
    return answers


def _broken(answer: Any) -> Any:
    broken = type(answer)()
    answer.add_both(lambda _: broken.failure(KafkaConnectionError("answer lost")))
    return broken


def test_a_topic_that_is_not_there_is_an_outage_and_none_is_made(
    kafka: KafkaCarrier, kafka_servers: str
) -> None:
    missing = f"missing-{kafka.topic}"
    transport = KafkaTransport(
        kafka_servers.split(","),
        group=f"matching_service-{missing}",
        member="one",
        topics=[missing],
        patience_seconds=PATIENCE_SECONDS,
    )

    for call in (
        lambda: transport.append([event(missing, 1)]),
        lambda: transport.poll(MANY, 0.1),
        lambda: transport.rewind([missing]),
        transport.lag,
    ):
        with pytest.raises(TransportLost):
            call()

    assert missing not in kafka.admin.list_topics()


def test_a_topic_made_after_its_reader_came_is_read(
    kafka: KafkaCarrier, kafka_servers: str
) -> None:
    late = f"late-{kafka.topic}"
    member = kafka.member(late)
    with pytest.raises(TransportLost):
        member.poll(MANY, 0.1)

    kafka.create_topics(late)
    sent = event(late, 1)
    kafka.producer().append([sent])

    assert next_batch(member) == [sent]
    member.close()
    kafka.admin.delete_topics([late])


def test_a_lag_that_cannot_be_measured_leaves_the_reader_its_batch(kafka: KafkaCarrier) -> None:
    sent = events(kafka.topic, 9)
    member = kafka.member(kafka.topic)
    kafka.producer().append(sent)
    polled = next_batch(member)
    reader = member._kafka.reader()

    member._kafka.admin().close()
    assert _lost(member.lag)
    member.ack()

    assert member.lag() == 9 - len(polled)
    assert member._kafka.reader() is reader
