"""What came by event reaches the pages once, and nothing of it that tells of a person."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from marshmallow import fields

from matching_service.api.stream import StreamNews
from matching_service.consumers.event_stream import tell_pages
from shared.contracts.event_types import EVENT_TYPES
from shared.events.consumer import Consumer
from shared.events.envelope import Event
from shared.events.handlers import Handlers
from shared.events.postgres_transport import PostgresTransport
from tests.matching_service.integration.stream.page import STREAM
from tests.matching_service.world import World

PLANTED = ("Möller", "frau.moeller@example.org", "F32.1", "+49 241 123456", "mailbox-4711")


class Worker:
    """Matching's consumer, as far as it concerns pages."""

    def __init__(self, world: World, url: str) -> None:
        handlers = Handlers(reactions={name: [tell_pages] for name in EVENT_TYPES})
        self.transport = PostgresTransport(url, handlers.topics)
        self.consumer = Consumer(world.database, self.transport, handlers, None)

    def handle(self, *events: Event) -> None:
        self.transport.append(events)
        while self.consumer.run_once():
            continue


@pytest.fixture
def worker(world: World, config: Any) -> Iterator[Worker]:
    own = Worker(world, config.database_url)
    yield own
    own.transport.close()


def test_no_name_contact_or_diagnosis_reaches_a_page(api: FlaskClient, worker: Worker) -> None:
    worker.handle(*(talkative(name) for name in EVENT_TYPES))

    answer = api.get(STREAM, headers={"Last-Event-ID": "0"}).get_data(as_text=True)

    told = read(answer)
    assert {one["type"] for one in told} == set(EVENT_TYPES)
    assert [word for word in PLANTED if word in answer or json.dumps(word)[1:-1] in answer] == []


def test_what_a_page_is_told_has_the_shape_of_the_contract(
    api: FlaskClient, worker: Worker
) -> None:
    worker.handle(*(talkative(name) for name in EVENT_TYPES))
    answer = api.get(STREAM, headers={"Last-Event-ID": "0"}).get_data(as_text=True)

    assert {frozenset(one) for one in read(answer)} == {frozenset(StreamNews().fields)}


def test_an_event_that_comes_again_is_not_told_again(api: FlaskClient, worker: Worker) -> None:
    event = talkative("bundle.sent")
    worker.handle(event)
    worker.transport.rewind([event.topic])
    worker.handle()

    assert len(read(api.get(STREAM, headers={"Last-Event-ID": "0"}).get_data(as_text=True))) == 1


def talkative(name: str) -> Event:
    """An event of a careless teller: every text says too much, and there is one text too many."""
    kind = EVENT_TYPES[name]
    data = {field.data_key or key: _value(field) for key, field in kind.data().fields.items()} | {
        "nachname": "Möller",
        "status": "active",
        "state": "sent",
    }
    return Event(uuid4(), name, kind.topic, "1", "/test", datetime.now(UTC), data)


def _value(field: "fields.Field[Any]") -> Any:
    if isinstance(field, fields.Integer):
        return 17
    if isinstance(field, fields.List):
        return [18] if isinstance(field.inner, fields.Integer) else list(PLANTED)
    return " ".join(PLANTED)


def read(answer: str) -> list[dict[str, Any]]:
    _greeting, *blocks = answer.split("\n\n")
    return [json.loads(block.partition("data: ")[2]) for block in blocks if block]
