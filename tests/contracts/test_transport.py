"""What every transport promises, whoever carries."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.event_types import MATCHING_EVENTS, PATIENT_EVENTS
from shared.events.envelope import Event
from shared.events.transport import Transport, TransportLost
from tests.contracts.carriers import CARRIERS, Carrier

LONGEST_WAIT_SECONDS = 10.0
MANY = 1000


@pytest.fixture(params=CARRIERS)
def carrier(request: pytest.FixtureRequest, database: Any) -> Iterator[Carrier]:
    opened = CARRIERS[request.param](database)
    yield opened
    opened.close()


def _event(key: object, number: int = 1, topic: str = PATIENT_EVENTS) -> Event:
    return Event(
        id=uuid4(),
        type="patient.updated",
        topic=topic,
        key=str(key),
        source="/patient_service",
        time=datetime(2026, 11, 23, 8, 15, tzinfo=UTC),
        data={"patient_id": 1, "version": number},
    )


def _events(count: int, topic: str = PATIENT_EVENTS) -> list[Event]:
    """Three keys in turn, numbered per key."""
    return [_event(n % 3, n // 3, topic) for n in range(count)]


def _read(member: Transport, at_most: int = MANY) -> list[Event]:
    return member.poll(at_most, LONGEST_WAIT_SECONDS)


def _per_key(events: list[Event]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for event in events:
        numbers.setdefault(event.key, []).append(event.data["version"])
    return numbers


def test_an_event_arrives_as_it_was_sent(carrier: Carrier) -> None:
    event = _event("Ä/1")

    carrier.producer().append([event])

    assert _read(carrier.member(PATIENT_EVENTS)) == [event]


def test_what_append_returned_from_outlives_its_sender(carrier: Carrier) -> None:
    sent = _events(5)
    carrier.producer().append(sent)

    carrier.sever()

    assert _read(carrier.member(PATIENT_EVENTS)) == sent


def test_events_of_a_key_keep_their_order_over_many_appends_and_small_polls(
    carrier: Carrier,
) -> None:
    sent, producer, member = _events(60), carrier.producer(), carrier.member(PATIENT_EVENTS)
    for start in range(0, 60, 5):
        producer.append(sent[start : start + 5])

    received: list[Event] = []
    while len(received) < len(sent):
        batch = _read(member, 7)
        assert 0 < len(batch) <= 7
        received += batch
        member.ack()

    assert _per_key(received) == _per_key(sent)


def test_a_reader_misses_nothing_of_what_several_append_at_once(carrier: Carrier) -> None:
    sent = [_events(30) for _ in range(4)]
    member, received = carrier.member(PATIENT_EVENTS), list[Event]()
    with ThreadPoolExecutor(len(sent)) as pool:
        appending = [pool.submit(_append_singly, carrier.producer(), events) for events in sent]
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while len(received) < 120 and time.monotonic() < deadline:
            received += member.poll(MANY, 0.1)
            member.ack()
        for future in appending:
            future.result()

    assert len(received) == 120
    for events in sent:
        assert [event for event in received if event in events] == events


def _append_singly(producer: Transport, events: list[Event]) -> None:
    for event in events:
        producer.append([event])


def test_appending_again_adds_nothing(carrier: Carrier) -> None:
    old, new = _events(3), _events(2)
    carrier.producer().append(old)

    carrier.producer().append([*old, *new])

    assert _read(carrier.member(PATIENT_EVENTS)) == [*old, *new]


def test_an_event_twice_in_one_append_is_one_event(carrier: Carrier) -> None:
    first, second = _events(2)

    carrier.producer().append([first, second, first])

    assert _read(carrier.member(PATIENT_EVENTS)) == [first, second]


def test_a_member_gets_only_the_topics_it_asked_for(carrier: Carrier) -> None:
    asked, other = _events(2), _events(2, MATCHING_EVENTS)
    carrier.producer().append([*other, *asked])

    assert _read(carrier.member(PATIENT_EVENTS)) == asked


def test_without_news_a_poll_comes_back_empty(carrier: Carrier) -> None:
    assert carrier.member(PATIENT_EVENTS).poll(MANY, 0.0) == []


def test_news_reach_a_member_that_waits(carrier: Carrier) -> None:
    member, received = carrier.member(PATIENT_EVENTS), list[Event]()
    event = _event(1)
    waiting = threading.Thread(target=lambda: received.extend(_read(member)))

    waiting.start()
    carrier.producer().append([event])
    waiting.join(LONGEST_WAIT_SECONDS / 2)

    assert received == [event]


def test_what_was_acknowledged_does_not_come_again(carrier: Carrier) -> None:
    producer, member = carrier.producer(), carrier.member(PATIENT_EVENTS)
    producer.append(_events(3))
    _read(member)
    member.ack()
    member.close()
    later = _events(2)
    producer.append(later)

    assert _read(carrier.member(PATIENT_EVENTS)) == later


def test_what_was_not_acknowledged_comes_again(carrier: Carrier) -> None:
    sent, member = _events(5), carrier.member(PATIENT_EVENTS)
    carrier.producer().append(sent)

    assert _read(member, 3) == sent[:3]
    assert _read(member) == sent


def test_an_acknowledgement_counts_what_was_polled_and_no_more(carrier: Carrier) -> None:
    sent, member = _events(5), carrier.member(PATIENT_EVENTS)
    carrier.producer().append(sent)
    _read(member, 3)
    member.ack()

    member.ack()

    assert _read(member) == sent[3:]


def test_a_lost_acknowledgement_makes_the_events_come_again(carrier: Carrier) -> None:
    sent, member = _events(3), carrier.member(PATIENT_EVENTS)
    carrier.producer().append(sent)
    _read(member)
    carrier.sever()

    with pytest.raises(TransportLost):
        member.ack()

    assert _read(member) == sent


def test_rewinding_makes_all_events_of_the_topic_come_again_and_no_others(
    carrier: Carrier,
) -> None:
    patients, matches = _events(6), _events(3, MATCHING_EVENTS)
    member = carrier.member(PATIENT_EVENTS, MATCHING_EVENTS)
    carrier.producer().append([*patients, *matches])
    while member.poll(MANY, 0.0):
        member.ack()

    member.rewind([PATIENT_EVENTS])

    assert _read(member) == patients


def test_a_member_may_rewind_in_the_middle_of_a_batch(carrier: Carrier) -> None:
    sent, member = _events(6), carrier.member(PATIENT_EVENTS)
    carrier.producer().append(sent)
    _read(member, 2)
    member.ack()
    _read(member, 2)

    member.rewind([PATIENT_EVENTS])
    member.ack()

    assert _read(member) == sent


def test_two_groups_read_without_regard_to_each_other(carrier: Carrier) -> None:
    sent = _events(3)
    one = carrier.member(PATIENT_EVENTS, group="matching_service")
    other = carrier.member(PATIENT_EVENTS, group="therapist_service")
    carrier.producer().append(sent)

    assert _read(one) == sent
    assert _read(other) == sent
    one.ack()
    assert _read(other) == sent


def test_a_second_member_gets_nothing_while_the_first_reads_and_everything_after_it_dies(
    carrier: Carrier,
) -> None:
    sent = _events(3)
    first, second = carrier.member(PATIENT_EVENTS), carrier.member(PATIENT_EVENTS)
    carrier.producer().append(sent)

    assert _read(first) == sent
    assert second.poll(MANY, 0.0) == []
    carrier.sever()
    with pytest.raises(TransportLost):
        second.poll(MANY, 0.0)
    assert _read(second) == sent


def test_a_second_member_goes_on_where_the_first_acknowledged(carrier: Carrier) -> None:
    sent = _events(5)
    first, second = carrier.member(PATIENT_EVENTS), carrier.member(PATIENT_EVENTS)
    carrier.producer().append(sent)
    _read(first, 2)
    second.poll(MANY, 0.0)

    first.ack()

    assert _read(second) == sent[2:]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda transport: transport.append(_events(1)), id="append"),
        pytest.param(lambda transport: transport.poll(MANY, 0.0), id="poll"),
        pytest.param(lambda transport: transport.rewind([PATIENT_EVENTS]), id="rewind"),
    ],
)
def test_a_closed_connection_is_an_outage_and_the_next_call_recovers(
    carrier: Carrier, call: Callable[[Transport], object]
) -> None:
    transport = carrier.member(PATIENT_EVENTS)
    call(transport)
    carrier.sever()

    with pytest.raises(TransportLost):
        call(transport)

    call(transport)


def test_an_append_that_was_lost_and_repeated_is_there_once(carrier: Carrier) -> None:
    producer, sent = carrier.producer(), _events(4)
    producer.append(sent[:2])
    carrier.sever()
    with pytest.raises(TransportLost):
        producer.append(sent)

    producer.append(sent)

    assert _read(carrier.member(PATIENT_EVENTS)) == sent
