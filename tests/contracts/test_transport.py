"""What every transport promises, whoever carries."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.events.envelope import Event
from shared.events.transport import Transport
from tests.contracts.carriers import Carrier, KafkaCarrier, PostgresCarrier
from tests.contracts.streams import (
    LONGEST_WAIT_SECONDS,
    MANY,
    event,
    events,
    first_arrivals,
    next_batch,
    read,
    read_together,
)


@pytest.fixture(
    params=[
        pytest.param((PostgresCarrier, "database"), id="postgres"),
        pytest.param((KafkaCarrier, "kafka_servers"), id="kafka"),
    ]
)
def carrier(request: pytest.FixtureRequest) -> Iterator[Carrier]:
    opens, server = request.param
    opened = opens(request.getfixturevalue(server))
    yield opened
    opened.close()


def test_an_event_arrives_as_it_was_sent(carrier: Carrier) -> None:
    sent = event(carrier.topic, "Ä/1")

    carrier.producer().append([sent])

    assert next_batch(carrier.member(carrier.topic)) == [sent]


def test_what_append_returned_from_outlives_its_sender(carrier: Carrier) -> None:
    sent, producer = events(carrier.topic, 5), carrier.producer()
    producer.append(sent)

    producer.close()

    assert first_arrivals(read(carrier.member(carrier.topic), 5)) == first_arrivals(sent)


def test_events_of_a_key_keep_their_order_over_many_appends_and_small_polls(
    carrier: Carrier,
) -> None:
    sent, producer = events(carrier.topic, 60), carrier.producer()
    for start in range(0, 60, 5):
        producer.append(sent[start : start + 5])

    received = read(carrier.member(carrier.topic), 60, at_most=7)

    assert first_arrivals(received) == first_arrivals(sent)


def test_events_of_a_key_keep_their_order_in_an_append_of_thousands(carrier: Carrier) -> None:
    sent = events(carrier.topic, 3000, keys=10)

    carrier.producer().append(sent)

    assert first_arrivals(read(carrier.member(carrier.topic), 3000)) == first_arrivals(sent)


def test_a_reader_misses_nothing_of_what_several_append_at_once(carrier: Carrier) -> None:
    sent = [events(carrier.topic, 30, prefix=f"{sender}/") for sender in range(4)]
    member = carrier.member(carrier.topic)
    with ThreadPoolExecutor(len(sent)) as pool:
        appending = [pool.submit(_append_singly, carrier.producer(), mine) for mine in sent]
        received = read(member, 120)
        for future in appending:
            future.result()

    assert first_arrivals(received) == first_arrivals([e for mine in sent for e in mine])


def _append_singly(producer: Transport, mine: list[Event]) -> None:
    for one in mine:
        producer.append([one])


def test_appending_again_moves_no_event_and_loses_none(carrier: Carrier) -> None:
    sent, producer = events(carrier.topic, 9), carrier.producer()
    producer.append(sent[:4])

    producer.append(sent)

    assert first_arrivals(read(carrier.member(carrier.topic), 9)) == first_arrivals(sent)


def test_an_event_twice_in_one_append_keeps_its_place(carrier: Carrier) -> None:
    first, second = event(carrier.topic, 1), event(carrier.topic, 1)

    carrier.producer().append([first, second, first])

    received = read(carrier.member(carrier.topic), 2)
    assert first_arrivals(received) == {"1": [first.id, second.id]}


def test_a_member_gets_only_the_topics_it_asked_for(carrier: Carrier) -> None:
    asked, other = events(carrier.topic, 2), events(carrier.other_topic, 2)
    carrier.producer().append([*other, *asked])
    member = carrier.member(carrier.topic)

    assert first_arrivals(read(member, 2)) == first_arrivals(asked)
    assert member.poll(MANY, 0.2) == []


def test_without_news_a_poll_comes_back_empty(carrier: Carrier) -> None:
    assert carrier.member(carrier.topic).poll(MANY, 0.0) == []


def test_news_reach_a_member_that_waits(carrier: Carrier) -> None:
    member, received = carrier.member(carrier.topic), list[Event]()
    before, news = event(carrier.topic, 1), event(carrier.topic, 1)
    producer = carrier.producer()
    producer.append([before])
    read(member, 1)
    waiting = threading.Thread(
        target=lambda: received.extend(member.poll(MANY, LONGEST_WAIT_SECONDS))
    )

    waiting.start()
    producer.append([news])
    waiting.join(LONGEST_WAIT_SECONDS / 2)

    assert received == [news]


def test_what_was_acknowledged_does_not_come_again(carrier: Carrier) -> None:
    producer, member = carrier.producer(), carrier.member(carrier.topic)
    producer.append(events(carrier.topic, 3))
    read(member, 3)
    member.close()
    later = event(carrier.topic, "later")
    producer.append([later])

    assert read(carrier.member(carrier.topic), 1) == [later]


def test_what_was_not_acknowledged_comes_again(carrier: Carrier) -> None:
    sent, member = events(carrier.topic, 5), carrier.member(carrier.topic)
    carrier.producer().append(sent)

    next_batch(member, 3)

    assert first_arrivals(read(member, 5)) == first_arrivals(sent)


def test_what_was_not_acknowledged_comes_again_to_who_takes_the_seat(carrier: Carrier) -> None:
    sent, member = events(carrier.topic, 5), carrier.member(carrier.topic)
    carrier.producer().append(sent)
    next_batch(member, 3)

    member.close()

    assert first_arrivals(read(carrier.member(carrier.topic), 5)) == first_arrivals(sent)


def test_an_acknowledgement_counts_what_was_polled_and_no_more(carrier: Carrier) -> None:
    sent, member = events(carrier.topic, 9), carrier.member(carrier.topic)
    carrier.producer().append(sent)
    polled = next_batch(member, 3)
    member.ack()

    member.ack()

    rest = read(member, 9 - len(polled))
    assert first_arrivals([*polled, *rest]) == first_arrivals(sent)


def test_rewinding_makes_all_events_of_the_topic_come_again_and_no_others(
    carrier: Carrier,
) -> None:
    patients, matches = events(carrier.topic, 6), events(carrier.other_topic, 3)
    member = carrier.member(carrier.topic, carrier.other_topic)
    carrier.producer().append([*patients, *matches])
    read(member, 9)

    member.rewind([carrier.topic])

    assert first_arrivals(read(member, 6)) == first_arrivals(patients)
    assert member.poll(MANY, 0.2) == []


def test_a_member_may_rewind_in_the_middle_of_a_batch(carrier: Carrier) -> None:
    sent, member = events(carrier.topic, 6), carrier.member(carrier.topic)
    carrier.producer().append(sent)
    read(member, 2, at_most=2)
    next_batch(member, 2)

    member.rewind([carrier.topic])
    member.ack()

    assert first_arrivals(read(member, 6)) == first_arrivals(sent)


def test_a_member_may_rewind_before_its_first_poll(carrier: Carrier) -> None:
    sent, member = events(carrier.topic, 6), carrier.member(carrier.topic)
    carrier.producer().append(sent)
    read(member, 6)
    member.close()
    successor = carrier.member(carrier.topic)

    successor.rewind([carrier.topic])

    assert first_arrivals(read(successor, 6)) == first_arrivals(sent)


@pytest.mark.parametrize(
    "other", [{"service": "therapist_service"}, {"group": "rebuild"}], ids=["service", "group"]
)
def test_two_groups_read_without_regard_to_each_other(
    carrier: Carrier, other: dict[str, str]
) -> None:
    sent = events(carrier.topic, 3)
    one, two = carrier.member(carrier.topic), carrier.member(carrier.topic, **other)
    carrier.producer().append(sent)
    read(one, 3)

    assert first_arrivals(read(two, 3)) == first_arrivals(sent)

    two.rewind([carrier.topic])
    assert one.poll(MANY, 0.2) == []


def test_members_of_a_group_share_the_events_and_keep_the_order_of_keys(carrier: Carrier) -> None:
    producer = carrier.producer()
    members = [carrier.member(carrier.topic, seat=seat) for seat in ("one", "two")]
    sent = events(carrier.topic, 60, keys=12)
    producer.append(sent[:30])
    early = read_together(members, 30)

    producer.append(sent[30:])

    late = read_together(members, 30)
    arrived = [*early[0], *early[1], *late[0], *late[1]]
    assert first_arrivals(arrived) == first_arrivals(sent)


def test_the_lag_is_what_a_group_has_not_acknowledged(carrier: Carrier) -> None:
    sent, member = events(carrier.topic, 9), carrier.member(carrier.topic)
    producer, rebuild = carrier.producer(), carrier.member(carrier.topic, group="rebuild")
    producer.append([*sent, event(carrier.other_topic, 1)])
    assert member.lag() == 9

    polled = next_batch(member, 4)
    assert member.lag() == 9
    member.ack()
    assert member.lag() == 9 - len(polled)
    read(member, 9 - len(polled))
    assert (member.lag(), rebuild.lag()) == (0, 9)

    member.rewind([carrier.topic])
    assert member.lag() == 9


def test_the_lag_of_a_group_may_be_asked_beside_its_members(carrier: Carrier) -> None:
    member, onlooker = (carrier.member(carrier.topic, seat=seat) for seat in ("one", "two"))
    carrier.producer().append(events(carrier.topic, 9))

    polled = next_batch(member, 3)
    member.ack()

    assert onlooker.lag() == 9 - len(polled)


def test_nothing_to_append_is_nothing(carrier: Carrier) -> None:
    carrier.producer().append([])

    assert carrier.member(carrier.topic).lag() == 0
