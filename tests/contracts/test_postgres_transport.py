"""What the transport in PostgreSQL promises beyond what every transport does."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
from sqlalchemy import text

from shared.events.transport import Transport, TransportLost
from tests.contracts.carriers import PostgresCarrier
from tests.contracts.streams import MANY, events, next_batch, read

TOPIC = PostgresCarrier.topic
_CUT = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'events'"
)


@pytest.fixture
def carrier(database: Any) -> Iterator[PostgresCarrier]:
    opened = PostgresCarrier(database)
    yield opened
    opened.close()


@pytest.fixture
def sever(database: Any) -> Callable[[], object]:
    """Cuts the connections of all transports, from the server's end."""

    def cut() -> None:
        with database.engine(database.admin_url).connect() as admin:
            admin.execute(_CUT)

    return cut


def test_all_events_of_a_topic_arrive_in_the_order_of_their_appends(
    carrier: PostgresCarrier,
) -> None:
    sent = events(TOPIC, 60)
    producer = carrier.producer()
    for start in range(0, 60, 5):
        producer.append(sent[start : start + 5])

    assert read(carrier.member(TOPIC), 60, at_most=7) == sent


def test_a_poll_returns_all_there_is(carrier: PostgresCarrier) -> None:
    sent = events(TOPIC, 60)
    carrier.producer().append(sent)

    assert carrier.member(TOPIC).poll(MANY, 0.0) == sent


def test_appending_again_adds_nothing(carrier: PostgresCarrier) -> None:
    old, new = events(TOPIC, 3), events(TOPIC, 2)
    carrier.producer().append(old)

    carrier.producer().append([*old, *new])

    assert next_batch(carrier.member(TOPIC)) == [*old, *new]


def test_an_event_twice_in_one_append_is_one_event(carrier: PostgresCarrier) -> None:
    first, second = events(TOPIC, 2)

    carrier.producer().append([first, second, first])

    assert next_batch(carrier.member(TOPIC)) == [first, second]


def test_what_append_returned_from_outlives_its_connection(
    carrier: PostgresCarrier, sever: Callable[[], object]
) -> None:
    sent = events(TOPIC, 5)
    carrier.producer().append(sent)

    sever()

    assert next_batch(carrier.member(TOPIC)) == sent


def test_an_append_that_was_lost_and_repeated_is_there_once(
    carrier: PostgresCarrier, sever: Callable[[], object]
) -> None:
    producer, sent = carrier.producer(), events(TOPIC, 4)
    producer.append(sent[:2])
    sever()
    with pytest.raises(TransportLost):
        producer.append(sent)

    producer.append(sent)

    assert next_batch(carrier.member(TOPIC)) == sent


def test_a_lost_acknowledgement_makes_the_events_come_again(
    carrier: PostgresCarrier, sever: Callable[[], object]
) -> None:
    sent, member = events(TOPIC, 3), carrier.member(TOPIC)
    carrier.producer().append(sent)
    next_batch(member)
    sever()

    with pytest.raises(TransportLost):
        member.ack()

    assert next_batch(member) == sent


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda transport: transport.append(events(TOPIC, 1)), id="append"),
        pytest.param(lambda transport: transport.poll(MANY, 0.0), id="poll"),
        pytest.param(lambda transport: transport.rewind([TOPIC]), id="rewind"),
        pytest.param(lambda transport: transport.lag(), id="lag"),
    ],
)
def test_a_closed_connection_is_an_outage_and_the_next_call_recovers(
    carrier: PostgresCarrier, sever: Callable[[], object], call: Callable[[Transport], object]
) -> None:
    transport = carrier.member(TOPIC)
    call(transport)
    sever()

    with pytest.raises(TransportLost):
        call(transport)

    call(transport)


def test_a_second_member_gets_nothing_while_the_first_reads_and_everything_after_it_dies(
    carrier: PostgresCarrier, sever: Callable[[], object]
) -> None:
    sent = events(TOPIC, 3)
    first, second = carrier.member(TOPIC), carrier.member(TOPIC)
    carrier.producer().append(sent)

    assert next_batch(first) == sent
    assert second.poll(MANY, 0.0) == []
    sever()
    with pytest.raises(TransportLost):
        second.poll(MANY, 0.0)
    assert next_batch(second) == sent


def test_a_second_member_goes_on_where_the_first_acknowledged(carrier: PostgresCarrier) -> None:
    sent = events(TOPIC, 5)
    first, second = carrier.member(TOPIC), carrier.member(TOPIC)
    carrier.producer().append(sent)
    next_batch(first, 2)
    second.poll(MANY, 0.0)

    first.ack()

    assert next_batch(second) == sent[2:]


def test_a_group_reads_while_another_group_of_the_same_service_holds_its_cursors(
    carrier: PostgresCarrier,
) -> None:
    sent = events(TOPIC, 3)
    carrier.producer().append(sent)
    next_batch(carrier.member(TOPIC))

    assert carrier.member(TOPIC, group="rebuild").poll(MANY, 0.0) == sent


@pytest.mark.parametrize("group", ["therapist_service_app", ".therapist_service_app", "rebuild"])
def test_no_group_that_a_role_can_name_is_another_roles(
    carrier: PostgresCarrier, group: str
) -> None:
    carrier.producer().append(events(TOPIC, 3))
    own = carrier.member(TOPIC, service="therapist_service")
    rebuild = carrier.member(TOPIC, service="therapist_service", group="rebuild")

    read(carrier.member(TOPIC, service="matching_service", group=group), 3)

    assert (own.lag(), rebuild.lag()) == (3, 3)


def test_nobody_may_ask_under_whose_name_others_read(database: Any) -> None:
    with (
        database.engine(database.url("matching_service")).connect() as matching,
        pytest.raises(Exception, match="permission denied for function reader") as refusal,
    ):
        matching.execute(text("SELECT events.reader('')"))

    assert isinstance(refusal.value.__cause__, psycopg2.errors.InsufficientPrivilege)


def test_events_that_the_log_has_forgotten_are_not_counted_as_lag(
    carrier: PostgresCarrier, database: Any
) -> None:
    carrier.producer().append(events(TOPIC, 9))
    with database.engine(database.admin_url).begin() as admin:
        admin.execute(text("DELETE FROM events.log WHERE position <= 4"))

    assert carrier.member(TOPIC).lag() == 5


def test_when_the_log_has_forgotten_everything_there_is_no_lag(
    carrier: PostgresCarrier, database: Any
) -> None:
    carrier.producer().append(events(TOPIC, 9))
    with database.engine(database.admin_url).begin() as admin:
        admin.execute(text("DELETE FROM events.log"))

    assert carrier.member(TOPIC).lag() == 0
