"""Events of both carriers reach the pages once, and a second time they do not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from matching_service.consumers.event_stream import tell_pages
from shared.contracts.event_types import EVENT_TYPES
from shared.events.consumer import Consumer
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from tests.contracts.carriers import Carrier, KafkaCarrier, PostgresCarrier
from tests.matching_service.integration.stream.page import STREAM
from tests.matching_service.world import World

SENT = 30


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


def test_what_one_bundle_goes_through_is_told_in_order_and_a_replay_tells_nothing(
    carrier: Carrier, world: World, api: FlaskClient
) -> None:
    handlers = Handlers(reactions={name: [tell_pages] for name in EVENT_TYPES})
    events = [sent(carrier.topic, number) for number in range(SENT)]
    carrier.producer().append(events)

    worker = carrier.member(carrier.topic)
    consumer = Consumer(world.database, worker, handlers, None)
    handle(consumer, SENT)
    once = told(api)
    worker.rewind([carrier.topic])
    handle(consumer, SENT)

    assert once == list(range(1, SENT + 1))
    assert told(api) == once


def handle(consumer: Consumer, how_many: int) -> None:
    handled = 0
    for _patience in range(60):
        handled += consumer.run_once(1.0)
        if handled >= how_many:
            return
    raise AssertionError(handled)


def told(api: FlaskClient) -> list[int]:
    """Bundles, in the order in which a page hears of them."""
    answer = api.get(STREAM, headers={"Last-Event-ID": "0"}).get_data(as_text=True)
    return [int(part.partition("}")[0]) for part in answer.split('"kind":"bundle","id":')[1:]]


def sent(topic: str, number: int) -> Event:
    data = {"version": 1, "bundle_id": number + 1, "state": "sent", "search_ids": [1, 2, 3]}
    return Event(uuid4(), "bundle.sent", topic, "one mailbox", "/test", datetime.now(UTC), data)
